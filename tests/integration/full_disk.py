"""A full disk: senders are asked to wait, nothing promised is lost, and space is all it takes to go on."""
import errno
import os
import subprocess
import time

from harness import BREAKWATER, as_root, check, run
from rig import TECH, Site, is_code, letter, subjects


class SmallDisk:
    """A tmpfs of `size` and with so many inodes, mounted for one promise; nobody but root may mount."""

    def __init__(self, world, size, inodes=1000):
        self.folder = os.path.join(world.folder, 'disk')
        os.mkdir(self.folder)
        options = f'size={size},nr_inodes={inodes},mode=0777'
        words = as_root(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', self.folder])
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
        self.mounted = done.returncode == 0
        self.why = done.stderr.decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            run(*as_root(['umount', '-l', self.folder]))


def fill(path):
    """Another program's file takes all that is left, to the last byte."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    for size in (65536, 4096, 1):
        try:
            while os.write(file, b'x' * size):
                pass
        except OSError as full:
            check(full.errno == errno.ENOSPC, full)
    os.close(file)


def post_until_full(site, disk_letters):
    """Posts until the server asks to wait; the subjects it took, and its answer."""
    with site.dialogue() as client:
        for subject in disk_letters:
            got = client.post(letter(subject, ('x' * 76 + '\r\n') * 800))
            if not got.startswith('250'):
                return got
            site.taken.append(subject)
    return ''


def promise_a_full_disk_is_waited_out(world):
    with SmallDisk(world, '6m') as disk:
        if not disk.mounted:
            print(f'SKIPPED: a disk of its own cannot be mounted here: {disk.why}')
            return
        sink = world.sink()
        site = world.start(Site, sink.port, data_dir=os.path.join(disk.folder, 'data'))
        site.taken = []
        is_code(post_until_full(site, ['before']), '')
        filler = os.path.join(disk.folder, 'filler')
        for round_number in range(2):
            fill(filler)
            got = post_until_full(site, [f'{round_number}.{number}' for number in range(100)])
            check(got.startswith('452 4.3.1'), f'the disk is full: {got or "100 messages taken"}')
            is_code(site.post(letter('still full')), '452')
            check(site.runs(), 'it ended')
            os.remove(filler)
            end = time.monotonic() + 60
            while time.monotonic() < end:
                got = site.post(letter(f'again {round_number}'))
                if got.startswith('250'):
                    site.taken.append(f'again {round_number}')
                    break
                time.sleep(0.2)
            is_code(got, '250')
        site.wait_until_settled(len(site.taken))
        found = subjects(sink.mails())
        check(found == sorted(site.taken), f'taken {sorted(site.taken)}, delivered {found}')
        site.end()   # the command line reads a disk that is full, too
        fill(filler)
        site.cli('posting', 'ls')
        os.remove(filler)
        site.start()
        is_code(site.post(letter('the end'), to=TECH), '250')
        site.wait_until_settled(len(site.taken) + 1)
        site.end()


def take_all_inodes(folder):
    """Another program's files; their names."""
    fillers = []
    while True:
        name = os.path.join(folder, f'filler{len(os.listdir(folder))}')
        try:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT))
        except OSError as full:
            check(full.errno == errno.ENOSPC, full)
            return fillers
        fillers.append(name)


def promise_full_inodes_are_waited_out(world):
    with SmallDisk(world, '20m', inodes=20) as disk:
        if not disk.mounted:
            print(f'SKIPPED: a disk of its own cannot be mounted here: {disk.why}')
            return
        sink = world.sink('--tempfail-match', '@')
        site = world.start(Site, sink.port, data_dir=os.path.join(disk.folder, 'data'))
        is_code(site.post(letter('before')), '250')
        fillers = take_all_inodes(disk.folder)
        is_code(site.post(letter('without inodes')), '250')   # what it writes to is open
        site.end()
        fillers += take_all_inodes(disk.folder)   # the log's, which an orderly stop has removed
        refused = run(BREAKWATER, '-c', site.config, 'serve', status=1).stderr.decode()
        check('cannot start' in refused and 'No space left' in refused, refused)
        for filler in fillers:
            os.remove(filler)
        site.start()
        is_code(site.post(letter('with inodes')), '250')
        waiting = sum(row['remaining'] for row in site.rows('queue', 'ls') if 'posting' in row)
        check(waiting == 9, f'{waiting} of 9 copies are queued')
        site.end()
