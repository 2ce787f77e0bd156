"""Reads the users page by page, as a client would."""

from __future__ import annotations

import json

MOST_PAGES = 10


def read_all(pipeline, limit):
    seen, query = [], {"limit": limit}
    for _ in range(MOST_PAGES):
        answer = pipeline.request("UsersApi", "GET", "/users", query=query, headers={"Authorization": "Bearer bob"})
        page = json.loads(answer.body)
        seen += [user["username"] for user in page["users"]]
        if "next" not in page:
            break
        query = {"limit": limit, "after": page["next"]}
    assert sorted(seen) == [f"user-{n}" for n in range(1, 6)], seen
