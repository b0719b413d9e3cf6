"""Ports for servers under test that nobody else will take before they listen.

A port from the kernel's own choice (bind to 0, close) may be somebody's outgoing connection a moment later.
So these lie outside the range that the kernel chooses from, and each is this process's until it ends: it
holds a lock on a file that is named after the port, and other tests pass over it."""
import fcntl
import os
import random
import socket
import tempfile

FIRST, LAST = 10000, 29999
HELD = []   # open files: their locks end with the process


def candidates():
    """The ports to hand out, in random order: what runs beside us rarely tries the same one."""
    with open('/proc/sys/net/ipv4/ip_local_port_range', encoding='ascii') as file:
        low, high = (int(word) for word in file.read().split())
    ports = [port for port in range(FIRST, LAST + 1) if not low <= port <= high]
    ports = ports or list(range(FIRST, LAST + 1))   # a kernel that chooses from all ports: as good as can be
    random.SystemRandom().shuffle(ports)
    return ports


def is_free(port):
    """On every address: a listener that is bound to any of 127.0.0.0/8 stands in the way of 0.0.0.0."""
    for address in ('0.0.0.0', '127.0.0.1', '127.0.0.2'):
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def free_port():
    """A port that is ours until this process ends, free on all of 127.0.0.0/8."""
    folder = os.path.join(tempfile.gettempdir(), f'breakwater-ports-{os.getuid()}')
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for port in candidates():
        lock = os.open(os.path.join(folder, str(port)), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        if is_free(port):
            HELD.append(lock)
            return port
        os.close(lock)
    raise OSError(f'no port of {FIRST} to {LAST} is free')
