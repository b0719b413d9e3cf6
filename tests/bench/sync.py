#!/usr/bin/env python3
"""How long a list takes to be brought in step with large sources, and the memory that takes.

A CSV file of 850,000 people into an empty list; the same file again with one in a hundred replaced; a slapd
of 40,000 people. Each in a process of its own, without a server, so that its peak is the sync's. Printed:
seconds by the clock, CPU seconds, peak resident memory. Ends with status 1 when one takes more than it may:
15 s for the file, 30 s for the directory, of the CPU and by the clock; 150 MB."""
import argparse
import os
import sys
import tempfile
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), name) for name in ('integration', 'interop')]

from harness import BREAKWATER, write
from sync_sources import Directory

SERVER = '''hostname = "lists.test"
postmaster = ["owner@lists.test"]
data_dir = "{folder}/data"
[[listener]]
kind = "mx"
address = "127.0.0.1:2525"
[[route]]
name = "out"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = 2526
'''
PEAK_MB, FILE_S, DIRECTORY_S = 150, 15, 30
LIST = '''domain = "lists.test"
owners = ["owner@lists.test"]
[[source]]
'''


def person(number):
    return f'person{number:07}@site{number % 300}.example,Person {number}\n'


def csv(path, numbers):
    with open(path, 'w', encoding='ascii') as file:
        file.write('address,name\n')
        file.writelines(person(number) for number in numbers)
    return path


def measure(what, config, name, seconds, clock):
    """One `list sync` by wait4: what the kernel says it took, and whether it was within its limits."""
    begin = os.times().elapsed
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execv(BREAKWATER, [BREAKWATER, '-c', config, 'list', 'sync', name, '--json'])
    _, status, used = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f'{what}: list sync ended with {os.waitstatus_to_exitcode(status)}')
    took, peak, cpu = os.times().elapsed - begin, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime
    good = cpu <= seconds and peak <= PEAK_MB and (took <= seconds or not clock)
    print(f'{what}: {took:.1f} s, CPU {cpu:.1f} s, peak {peak:.0f} MB'
          f'{"" if good else f": MORE than {seconds} s or {PEAK_MB} MB"}', flush=True)
    return good


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--rows', type=int, default=850_000, help='of the CSV file')
    options.add_argument('--entries', type=int, default=40_000, help='of the directory; 0: leave it out')
    options.add_argument('--untimed', action='store_true',
                         help='the clock does not count: others use the machine too')
    given = options.parse_args()
    clock = not given.untimed
    with tempfile.TemporaryDirectory(prefix='breakwater-bench-') as folder:
        config = write(f'{folder}/breakwater.toml', SERVER.format(folder=folder))
        staff = f'{folder}/staff.csv'
        write(f'{folder}/lists/staff.toml', f'{LIST}kind = "csv"\nfile = "{csv(staff, range(given.rows))}"\n')
        secret = write(f'{folder}/secret', 'secret\n')
        os.chmod(secret, 0o600)
        world = types.SimpleNamespace(folder=folder, programs=[])
        directory = Directory(world, given.entries) if given.entries else None
        try:
            if directory:
                write(f'{folder}/lists/directory.toml', LIST + directory.source(secret))
            good = measure(f'first sync of {given.rows:,} CSV rows', config, 'staff', FILE_S, clock)
            changed = given.rows // 100
            csv(staff, range(changed, given.rows + changed))
            good &= measure(f'second sync, {changed:,} leave and {changed:,} come', config, 'staff', FILE_S,
                            clock)
            good &= measure('third sync, nothing to do', config, 'staff', FILE_S, clock)
            if directory:
                good &= measure(f'first sync of {given.entries:,} LDAP entries', config, 'directory',
                                DIRECTORY_S, clock)
        finally:
            if directory:
                directory.end()
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
