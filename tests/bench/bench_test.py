#!/usr/bin/env python3
"""scripts/bench runs, and writes what it says: tables, results.json, a chart, docs between their marks."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from xml.etree import ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from chart import chart
from report import BEGIN, END, number, put_between_markers, summary, tables, write_into_docs

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
ABOUT = {'cpus': 2, 'model': 'A & B <CPU>', 'memory_gib': 8, 'system': 'Debian', 'kernel': '6.1',
         'fdatasync_ms': 0.1, 'versions': {'Breakwater': '1'}, 'date': 'today', 'load_before': 0.1,
         'minutes': 9}


def bench(*arguments):
    return subprocess.run([os.path.join(TOP, 'scripts', 'bench'), *arguments], capture_output=True, text=True,
                          check=False)


def copies(server, way, members, per_s, quick_ack=False):
    return {'server': server, 'way': way, 'members': members, 'copies': members, 'per_s': per_s,
            'seconds': members / per_s, 'posting_s': None, 'first_s': 0.01, 'cpu_us': 1.5, 'peak_mib': 20,
            'runs': 3, 'quick_ack': quick_ack}


def cost(way):
    return {'what': '850,000 members', 'way': way, 'members': 850_000, 'seconds': 0.3, 'us': 0.35,
            'cpu_us': 0.4, 'posting_s': 0.2, 'first_s': 0.003, 'peak_mib': 51.25, 'runs': 3}


def accepted(per_s):
    return {'50': {'per_s': per_s, 'cpu_ms': 0.2, 'p99_ms': 35}}


ALL = {'machine': ABOUT, 'accept': {'Breakwater': accepted(4565), 'Postfix': accepted(1174)},
       'copies': [copies('Breakwater', 'batch', 100_000, 2_134_669),
                  copies('Postfix', 'batch', 100_000, 6587),
                  copies('Breakwater', 'individual', 100_000, 79_464),
                  copies('Breakwater', 'chunking', 100_000, 809_523),
                  copies('mlmmj', 'batch', 100_000, 23_000, True), copies('mlmmj', 'batch', 500, 2000)],
       'cost': [cost('batch'), cost('individual'), cost('chunking')]}


class Run(unittest.TestCase):
    def test_a_quick_run_measures_and_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            done = bench('--quick', '--only', 'breakwater', '--results', folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(f'{folder}/results.json', encoding='utf-8') as file:
                results = json.load(file)
            self.assertEqual({row['way'] for row in results['copies']}, {'batch', 'individual', 'chunking'})
            for row in results['copies']:
                self.assertEqual(row['copies'], row['members'], row)
            self.assertGreater(results['accept']['Breakwater']['50']['per_s'], 0)
            self.assertIn('10 nested lists', done.stdout)
            self.assertIn('| Breakwater | batches of 100 ', done.stdout)
            ElementTree.parse(f'{folder}/chart.svg')
            again = bench('--again', '--results', folder)
            self.assertEqual(again.stdout, done.stdout, 'the same results make the same tables')

    def test_a_part_of_a_run_is_not_put_into_the_docs(self):
        done = bench('--quick', '--only', 'breakwater', '--write')
        self.assertEqual(done.returncode, 2)
        self.assertIn('complete run', done.stderr)


class Written(unittest.TestCase):
    def test_a_number_has_three_digits(self):
        self.assertEqual([number(value) for value in (None, 2_134_669, 6587.4, 999.9, 11.52, 0.3, 0.0021)],
                         ['-', '2,130,000', '6,590', '1,000', '11.5', '0.30', '0.002'])

    def test_the_chart_shows_each_server_at_its_best(self):
        text = chart(ALL)
        ElementTree.fromstring(text)
        for what in ('2,130,000/s', '6,590/s', '23,000/s', 'Breakwater, CHUNKING', 'A &amp; B &lt;CPU&gt;'):
            self.assertIn(what, text)
        self.assertNotIn('2,000/s', text)

    def test_what_was_cut_off_says_so(self):
        results = {**ALL, 'copies': [{**copies('Postfix', 'individual', 100_000, 800), 'copies': 80_000}]}
        self.assertIn('80,000 of 100,000', tables(results))

    def test_nor_are_results_without_a_server(self):
        with self.assertRaises(SystemExit):
            write_into_docs({**ALL, 'quick': False})   # without Mailman

    def test_the_docs_change_between_the_marks_only(self):
        for name, text in (('README.md', summary(ALL)), ('docs/performance.md', tables(ALL))):
            with tempfile.TemporaryDirectory() as folder:
                path = shutil.copy(os.path.join(TOP, name), folder)
                with open(path, encoding='utf-8') as file:
                    before, after = file.read().split(BEGIN)[0], None
                put_between_markers(path, text)
                with open(path, encoding='utf-8') as file:
                    after = file.read()
                self.assertTrue(after.startswith(before + BEGIN + text + END), name)
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(before)
                with self.assertRaises(SystemExit):
                    put_between_markers(path, text)
                with open(path, encoding='utf-8') as file:
                    self.assertEqual(file.read(), before, 'without marks it is left alone')


if __name__ == '__main__':
    unittest.main()
