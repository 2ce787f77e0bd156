"""This file decides what stands in a report, and computes it while the rows stream by.

One row is one order. Each row's revenue is rounded to the cent, and the totals are the sums of what stands
in the rows, so the report adds up. Rows that cannot be read are left out of the sums and listed with the
reason. Memory grows with the number of different products, not with the number of rows.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from common.csvfile import REQUIRED_COLUMNS, Table, column_name
from common.jobs import JobRef
from common.numbers import EXACT, read_number, to_cents

SPOOL_BYTES = 8 * 1024 * 1024


class Unreadable(Exception):
    """A row holds no order; the text says why."""


@dataclass(slots=True)
class ProductTotal:
    """What was sold of one product."""

    quantity: Decimal = Decimal(0)
    revenue: Decimal = Decimal("0.00")
    orders: int = 0


@dataclass(slots=True)
class Summary:
    """The totals of a report; ``total_rows`` counts the unreadable rows too."""

    total_rows: int = 0
    unreadable_rows: int = 0
    total_revenue: Decimal = Decimal("0.00")
    products: dict[str, ProductTotal] = field(default_factory=dict)

    def add(self, order: dict[str, Any]) -> None:
        """Count one order."""
        total = self.products.setdefault(order["product"], ProductTotal())
        total.quantity = EXACT.add(total.quantity, order["quantity"])
        total.revenue = EXACT.add(total.revenue, order["revenue"])
        total.orders += 1
        self.total_revenue = EXACT.add(self.total_revenue, order["revenue"])

    @property
    def average_order_value(self) -> Decimal:
        """Revenue per readable row, to the cent; zero if there is none."""
        orders = self.total_rows - self.unreadable_rows
        return to_cents(EXACT.divide(self.total_revenue, Decimal(orders))) if orders else Decimal("0.00")

    def as_dict(self) -> dict[str, Any]:
        """The summary as it stands in the report, products in the order of their names."""
        return {
            "total_rows": self.total_rows,
            "unreadable_rows": self.unreadable_rows,
            "total_revenue": self.total_revenue,
            "average_order_value": self.average_order_value,
            "products": {
                name: {"quantity": total.quantity, "revenue": total.revenue, "orders": total.orders}
                for name, total in sorted(self.products.items())
            },
        }


def write_report(out: IO[bytes], ref: JobRef, table: Table) -> Summary:
    """Write the report as JSON and give its totals.

    Raises:
        Rejected: the file cannot be read to its end.
    """
    summary = Summary()
    names = [column_name(name) for name in table.header]
    head = {"bucket": ref.source_bucket, "key": ref.source_key}
    out.write(f'{{"job_id": {to_json(ref.job_id)}, "source": {to_json(head)}, '.encode())
    out.write(f'"submitted_at": {to_json(ref.submitted_at)},\n"rows": ['.encode())
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as unreadable:
        for number, cells in table.rows:
            summary.total_rows += 1
            try:
                order = _read_order(names, cells)
            except Unreadable as error:
                _append(unreadable, summary.unreadable_rows, {"row": number, "reason": str(error)})
                summary.unreadable_rows += 1
                continue
            _append(out, summary.total_rows - summary.unreadable_rows - 1, {"row": number, **order})
            summary.add(order)
        out.write(b'],\n"unreadable_rows": [')
        unreadable.seek(0)
        shutil.copyfileobj(unreadable, out)
    out.write(f'],\n"summary": {to_json(summary.as_dict())}}}\n'.encode())
    return summary


def _read_order(names: list[str], cells: list[str]) -> dict[str, Any]:
    """One row's required columns as values, and its revenue.

    Raises:
        Unreadable: it has more or fewer cells than the header, or quantity or price is not a number.
    """
    if len(cells) != len(names):
        raise Unreadable(f"the row has {len(cells)} cells, the header {len(names)}")
    row = dict(zip(names, cells, strict=True))
    order: dict[str, Any] = {name: row[name].strip() for name in REQUIRED_COLUMNS}
    for name in ("quantity", "price"):
        number = read_number(row[name])
        if number is None:
            raise Unreadable(f"{name} {to_json(order[name][:100])} is not a number")
        order[name] = number
    order["revenue"] = to_cents(EXACT.multiply(order["quantity"], order["price"]))
    return order


def _append(out: IO[bytes], index: int, value: dict[str, Any]) -> None:
    out.write((",\n" if index else "\n").encode() + to_json(value).encode())


def to_json(value: Any) -> str:
    """JSON in which a Decimal is a number with just its digits; the standard library would need a float."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{to_json(key)}: {to_json(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
