#!/usr/bin/env python3
"""What can be known of docker/ and systemd/ without an engine: tests/tidy/packaging_test.py TOP BINARY

The image installs from scripts/packages, whose run-time list is held against what the binary links; the
compose file parses and names what exists; the unit's exposure is measured by systemd-analyze."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

TOP, BINARY = sys.argv[1], sys.argv[2]
# Every Debian has these, or they come with any of the others.
BASE = {'libc6', 'libstdc++6', 'libgcc-s1', 'zlib1g'}
# Read at run time, not linked.
READ = {'ca-certificates', 'dns-root-data'}


def read(*path):
    with open(os.path.join(TOP, *path), encoding='utf-8') as file:
        return file.read()


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def packages(group):
    done = run('sh', '-ec', f'. scripts/packages; echo ${group}', cwd=TOP)
    return done.stdout.split()


def instructions(dockerfile):
    """(stage, instruction, argument) of each, with continued lines joined."""
    stage = -1
    for line in re.sub(r'\\\n', ' ', dockerfile).split('\n'):
        match = re.match(r'([A-Z]+)\s+(.*)', line)
        if match:
            stage += match.group(1) == 'FROM'
            yield stage, match.group(1), match.group(2)


class Packages(unittest.TestCase):
    def test_the_runtime_list_is_what_the_binary_links(self):
        needed = re.findall(r'NEEDED.*\[([^]]+)]', run('readelf', '-d', BINARY).stdout)
        self.assertIn('libc.so.6', needed)
        paths = dict(re.findall(r'(\S+) => (\S+)', run('ldd', BINARY).stdout))
        linked = set()
        for library in needed:
            where = '/'.join(paths[library].split('/')[-2:])   # x86_64-linux-gnu/libssl.so.3
            found = run('dpkg-query', '-S', f'*/{where}').stdout
            self.assertTrue(found, f'no package has {where}')
            linked.add(found.split('\n')[0].split(':')[0])
        self.assertEqual(linked - BASE, set(packages('RUNTIME_PACKAGES')) - READ,
                         'RUNTIME_PACKAGES in scripts/packages is not what the binary links')

    def test_every_name_is_known_to_dpkg_once(self):
        names = packages('BUILD_PACKAGES') + packages('TEST_PACKAGES')
        self.assertEqual(len(names), len(set(names)), 'a package is named twice')
        self.assertGreater(len(names), 30)


class Docker(unittest.TestCase):
    found = list(instructions(read('docker', 'Dockerfile')))

    def of(self, name, stage=None):
        return [argument for at, instruction, argument in self.found
                if instruction == name and stage in (None, at)]

    def test_two_stages_on_debian_slim(self):
        self.assertEqual([image.split()[0] for image in self.of('FROM')], ['debian:bookworm-slim'] * 2)

    def test_packages_come_from_the_list_only(self):
        for stage, group in ((0, '$BUILD_PACKAGES'), (1, '$RUNTIME_PACKAGES')):
            installs = re.findall(r'apt-get install ([^&]*)', ' '.join(self.of('RUN', stage)))
            self.assertEqual([i.split() for i in installs], [['-y', '--no-install-recommends', group]])

    def test_what_is_copied_exists(self):
        for argument in self.of('COPY'):
            words = [word for word in argument.split() if not word.startswith('--')]
            if '--from' not in argument:
                for word in words[:-1]:
                    self.assertTrue(os.path.exists(os.path.join(TOP, word)), f'COPY {word}: not there')

    def test_it_runs_as_a_user_and_says_how_it_is(self):
        self.assertEqual(self.of('USER', 1), ['breakwater'])
        self.assertIn('breakwater status', self.of('HEALTHCHECK', 1)[0])

    def test_the_compose_file_builds_this_and_exposes_what_the_image_does(self):
        compose = yaml.safe_load(read('docker', 'compose.yaml'))
        service = compose['services']['breakwater']
        context = os.path.normpath(os.path.join('docker', service['build']['context']))
        self.assertEqual(context, '.')
        self.assertTrue(os.path.exists(os.path.join(TOP, service['build']['dockerfile'])))
        inside = {port.split(':')[1] for port in service['ports']}
        self.assertEqual(inside, set(self.of('EXPOSE', 1)[0].split()))
        volumes = dict(volume.split(':')[:2] for volume in service['volumes'])
        self.assertIn('data', compose['volumes'])
        self.assertEqual(volumes['data'], self.of('VOLUME', 1)[0])


class Systemd(unittest.TestCase):
    unit = read('systemd', 'breakwater.service')

    def exposure(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'breakwater.service')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            done = run('systemd-analyze', 'security', '--offline=yes', '--no-pager', '--threshold=16', path)
            return done.returncode, done.stdout[-200:] + done.stderr

    def test_the_exposure_is_1_6_or_better(self):
        status, said = self.exposure(self.unit)
        self.assertEqual(status, 0, said)

    def test_and_would_not_be_without_the_hardening(self):
        without = re.sub(r'(?m)^(Protect|Restrict|Private|SystemCall).*\n', '', self.unit)
        self.assertNotEqual(self.exposure(without)[0], 0)

    def test_the_units_are_well_formed(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ('breakwater.service', 'breakwater.socket')]
            for path in paths:
                with open(path, 'w', encoding='utf-8') as file:
                    # The program need not be installed here.
                    text = read('systemd', os.path.basename(path))
                    file.write(text.replace('/usr/local/bin/breakwater', '/bin/true'))
            done = run('systemd-analyze', 'verify', '--man=no', *paths)
            self.assertEqual([line for line in done.stderr.split('\n') if 'breakwater' in line], [])

    def test_the_user_of_the_unit_is_made_by_sysusers(self):
        user = re.search(r'^User=(\w+)', self.unit, re.M).group(1)
        self.assertRegex(read('systemd', 'breakwater.sysusers'), rf'(?m)^u {user} ')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=1)
