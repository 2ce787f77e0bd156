"""This file decides what stands between the harness and a function's process: a small process of its own.

Run as a script, with the standard library alone. It starts the function's program and tells how it ended; it is what a
handler kills that kills its parent; and when the program ends, or when the harness does (however: then standard input
ends), it kills whatever the program has left. On Linux it adopts what has got out of the program's process group too,
and the program dies with it.

    supervisor.py STATUS_FD DATA_LIMIT FOLDER PROGRAM [ARGUMENT…]

To ``STATUS_FD`` it writes ``started PID``, then ``ended STATUS`` (negative: a signal) or ``unstartable WHY``.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import select
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LOG_FD = 3
_NOT_STARTED = 126
# LAM-08
_OPEN_FILES = 1024


def main() -> None:
    """Run the program to its end, or to the harness's."""
    status_fd = fcntl.fcntl(int(sys.argv[1]), fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(int(sys.argv[1]))
    data_limit, folder, program = int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    myself = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(program, folder, data_limit, status_fd, myself)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    os.write(status_fd, b"started %d\n" % pid)
    status = _watch(pid, woken)
    _kill_all(pid)
    with contextlib.suppress(OSError):
        os.write(status_fd, b"ended %d\n" % (-signal.SIGKILL if status is None else status))


def _become(program: list[str], folder: str, data_limit: int, status_fd: int, parent: int) -> None:
    try:
        os.setpgid(0, 0)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(_NOT_STARTED)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(1, 2)
        os.dup2(1, _LOG_FD)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
        _limit(resource.RLIMIT_DATA, data_limit)
        os.chdir(folder)
        os.execv(program[0], program)
    except OSError as error:
        os.write(status_fd, f"unstartable {(error.strerror or str(error)).lower()}\n".encode())
    finally:
        os._exit(_NOT_STARTED)


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    with contextlib.suppress(OSError, ValueError):
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _watch(pid: int, woken: int) -> int | None:
    """The program's exit status; None if the harness ended first."""
    while True:
        readable = select.select([0, woken], [], [])[0]
        if woken in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
        for ended, status in _reaped():
            if ended == pid:
                return os.waitstatus_to_exitcode(status)
        if 0 in readable and not os.read(0, 1):
            return None


def _reaped() -> list[tuple[int, int]]:
    found = []
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            found.append((pid, status))
    return found


def _kill_all(group: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)
    while True:
        for child in _children():
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """Whoever has this process as its parent; on other systems than Linux nobody is adopted."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
