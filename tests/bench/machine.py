"""What the figures were measured on: they mean nothing without it."""
import os
import platform
import statistics
import subprocess
import tempfile
import time

from ground import BREAKWATER


def said(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ''


def first(path, key, separator):
    """The value of the first line of a file that begins with the key."""
    with open(path, encoding='utf-8') as file:
        lines = (line.split(separator, 1) for line in file if line.startswith(key))
        return next((rest[0].strip().strip('"') for _, *rest in lines if rest), '')


def fdatasync_ms(writes=200):
    """The median time until 4 KiB more of a file are on the disk that the servers' data is put on."""
    times = []
    with tempfile.NamedTemporaryFile(buffering=0) as file:
        for _ in range(writes):
            file.write(b'x' * 4096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def machine():
    versions = {'Breakwater': said(BREAKWATER, '--version').removeprefix('breakwater ')}
    commit = said('git', 'rev-parse', '--short', 'HEAD')
    if commit:
        versions['Breakwater'] += f' ({commit})'
    for name, package in (('Postfix', 'postfix'), ('mlmmj', 'mlmmj'), ('Mailman 3', 'mailman3')):
        version = said('dpkg-query', '-W', '-f', '${Version}', package)
        if version:
            versions[name] = version
    return {'cpus': os.cpu_count(), 'model': first('/proc/cpuinfo', 'model name', ':') or platform.machine(),
            'memory_gib': round(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30),
            'system': first('/etc/os-release', 'PRETTY_NAME', '='), 'kernel': platform.release(),
            'fdatasync_ms': round(fdatasync_ms(), 3), 'versions': versions,
            'date': time.strftime('%Y-%m-%d %H:%M'), 'load_before': round(os.getloadavg()[0], 1)}
