"""A host that fails, under the real server: power cuts, calls that fail, a clock that is set.

faulty_host.c, preloaded, writes down what the server does to its files; Disk says what a disk may hold of
that after a power cut: all that was synced, and of the rest nothing, all of it, the first part, or any part
in any order, the last write torn. The rules are those of POSIX, harder than any file system of today: a file
is not in its folder until the folder is synced, and what a failed sync was to write is never written by the
next one."""
import mmap
import os
import shutil
import struct

from house import check

LIBRARY = os.environ.get('FAULTY_HOST', 'build/release/tests/faults/libfaulty_host.so')
WRITES, SYNCS, OPENS = 1, 2, 4
POWER_CUT = 9999   # instead of an error: the process dies there; then cut_power()
CONTROL = struct.Struct('<QQQIIQq')   # struct Control
RECORD = struct.Struct('<8sBBHIq')    # struct Record
BEGIN = b'\xfbrecord\0'
SECTOR = 512
FOLDER = object()


class File:
    def __init__(self, content=b''):
        self.content = bytearray(content)   # synced

    def put(self, offset, data):
        self.content.extend(bytes(max(0, offset - len(self.content))))
        self.content[offset:offset + len(data)] = data


class Disk:
    """The files under a folder, as synced, and what was done to them since, in order."""

    def __init__(self, root):
        self.root, self.lost = root, []
        self.durable = {}   # path -> File or FOLDER
        for where, _, names in os.walk(root):
            self.durable[where] = FOLDER
            for name in names:
                with open(os.path.join(where, name), 'rb') as file:
                    self.durable[file.name] = File(file.read())
        self.names = dict(self.durable)
        # ('names', {path: File or None}) or ('data', File, offset, bytes) or ('size', File, n)
        self.pending = []

    def read(self, journal):
        with open(journal, 'rb') as file:
            records = file.read()
        at = 0
        while at + RECORD.size <= len(records):
            begin, what, _, path_bytes, data_bytes, offset = RECORD.unpack_from(records, at)
            path = at + RECORD.size
            end = path + path_bytes + data_bytes
            if end > len(records) or not BEGIN.startswith(records[end:end + 8]):   # torn by a kill
                at = records.find(BEGIN, at + 1)
                if at < 0:
                    return
                continue
            check(begin == BEGIN, f'{journal}: no record at {at}')
            data = path + path_bytes
            self.done(chr(what), records[path:data].decode(), offset, records[data:end])
            at = end

    def done(self, what, path, offset, data):
        if what == 'C':
            self.rename({path: File()})
        elif what == 'D':
            self.rename({path: FOLDER})
        elif what == 'U':
            self.rename({path: None})
        elif what == 'R':
            self.rename({path: None, data.decode(): self.names[path]})
        elif what == 'W':
            self.pending.append(('data', self.names[path], offset, data))
        elif what == 'T':
            self.pending.append(('size', self.names[path], offset))
        elif what == 'S':
            self.sync(path)
        else:
            self.lose(path)

    def rename(self, changes):
        self.pending.append(('names', changes))
        self.names.update(changes)

    def sync(self, path):
        if path not in self.names or self.names[path] is FOLDER:
            mine = [one for one in self.pending if one[0] == 'names' and
                    any(os.path.dirname(name) == path for name in one[1])]
        else:
            mine = [one for one in self.pending if one[1] is self.names[path]]
        for one in mine:
            self.keep(one)
        chosen = set(map(id, mine))
        self.pending = [one for one in self.pending if id(one) not in chosen]

    def lose(self, path):
        """A failed sync: its pages count as clean now, and no later sync writes them."""
        mine = [one for one in self.pending if one[0] == 'data' and one[1] is self.names.get(path)]
        chosen = set(map(id, mine))
        self.pending = [one for one in self.pending if id(one) not in chosen]
        self.lost += [(path, one[1], one[2], len(one[3])) for one in mine]

    def keep(self, one, sectors=None):
        """Brings it onto the disk; of a write, where `sectors` are given, only these."""
        if one[0] == 'names':
            self.durable.update(one[1])
        elif one[0] == 'size':
            content = one[1].content
            del content[one[2]:]
            content.extend(bytes(one[2] - len(content)))
        elif sectors is None:
            one[1].put(one[2], one[3])
        else:
            for sector in sectors:
                piece = one[3][sector * SECTOR:(sector + 1) * SECTOR]
                one[1].put(one[2] + sector * SECTOR, piece)

    def cut_power(self, dice):
        """Makes the folder what the disk holds after the cut. How much of what was not synced is there."""
        style = dice.choice(['nothing', 'all', 'beginning', 'any', 'any', 'any'])
        kept = {'nothing': [], 'all': self.pending}.get(style)
        if style == 'beginning':
            kept = self.pending[:dice.randint(0, len(self.pending))]
        elif style == 'any':
            share = dice.random()
            kept = [one for one in self.pending if dice.random() < share]
            dice.shuffle(kept)
        for one in kept[:-1]:
            self.keep(one)
        if kept:
            torn = kept[-1][0] == 'data' and dice.random() < 0.7
            count = -(-len(kept[-1][3]) // SECTOR) if torn else 0
            self.keep(kept[-1], [n for n in range(count) if dice.random() < 0.5] if torn else None)
        self.write_out()
        return len(kept), len(self.pending)

    def write_out(self):
        shutil.rmtree(self.root)
        for path, file in sorted(self.durable.items()):
            if file is FOLDER and (path == self.root or os.path.isdir(os.path.dirname(path))):
                os.mkdir(path, 0o700)
            elif isinstance(file, File) and os.path.isdir(os.path.dirname(path)):
                with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 'wb') as out:
                    out.write(file.content)

    def lost_pages(self):
        """Records for FAULTY_LOST: what is read where a failed sync was to write, once the pages are
        dropped."""
        records = b''
        for path, file, offset, size in self.lost:
            data = bytes(file.content[offset:offset + size]).ljust(size, b'\0')
            name = path.encode()
            records += RECORD.pack(BEGIN, ord('W'), 0, len(name), size, offset) + name + data
        return records


class Host:
    """Where a server runs whose data lie under `root`; `folder` is for what this class keeps."""

    def __init__(self, folder, root):
        check(os.path.exists(LIBRARY), f'there is no {LIBRARY}: build the target faulty_host')
        self.root, self.journal = root, os.path.join(folder, 'journal')
        self.lost_file = os.path.join(folder, 'lost')
        control = os.path.join(folder, 'control')
        with open(control, 'wb') as file:
            file.write(bytes(mmap.PAGESIZE))
        with open(control, 'r+b') as file:
            self.page = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self.env = {'LD_PRELOAD': os.path.abspath(LIBRARY), 'FAULTY_ROOT': root, 'FAULTY_CONTROL': control}
        self.disk = None

    def record(self):
        """Before a start: from now on it is known what is synced."""
        with open(self.journal, 'wb'):
            pass
        self.disk = Disk(self.root)
        self.env['FAULTY_JOURNAL'] = self.journal

    def go_on(self):
        """After the server ended by itself, before it starts again: what a failed sync lost is read as
        written until the server drops those pages."""
        self.disk.read(self.journal)
        with open(self.journal, 'wb'):
            pass
        with open(self.lost_file, 'wb') as file:
            file.write(self.disk.lost_pages())
        self.disk.lost.clear()
        self.env['FAULTY_LOST'] = self.lost_file

    def cut_power(self, dice):
        """After the server was killed; then `record` again."""
        self.disk.read(self.journal)
        return self.disk.cut_power(dice)

    def fail(self, kinds, first, count, error):
        """Calls of these kinds fail, `count` of them from the `first`-th on, counted from now."""
        self._set(0, first, first + count, kinds, error, 0)

    def count(self, kinds):
        self._set(0, 0, 0, kinds, 0, 0)

    def heal(self):
        self._set(0, 0, 0, 0, 0, 0)

    def _set(self, *values):
        CONTROL.pack_into(self.page, 0, *values, self.clock_ns)

    @property
    def calls(self):
        return CONTROL.unpack_from(self.page)[0]

    @property
    def failed(self):
        return CONTROL.unpack_from(self.page)[5]

    @property
    def clock_ns(self):
        return CONTROL.unpack_from(self.page)[6]

    def set_clock(self, seconds):
        """How far the wall clock is ahead of the true time."""
        struct.pack_into('<q', self.page, CONTROL.size - 8, int(seconds * 1e9))
