#!/usr/bin/env python3
"""Runs promises: tests/integration/run.py FILE [PROMISE...], with $BREAKWATER naming the binary.

A promise is a function promise_NAME(world) of the file; without names all of the file are run."""
import importlib.util
import os
import sys
import time
import types

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'interop')]

from harness import run_scenario


def main(path, *names):
    spec = importlib.util.spec_from_file_location('promises', os.path.abspath(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    names = names or [name[len('promise_'):] for name in vars(module) if name.startswith('promise_')]
    failed = []
    for name in names:
        began = time.monotonic()
        scenario = types.SimpleNamespace(scenario=getattr(module, 'promise_' + name))
        if run_scenario(scenario, HERE) != 0:
            failed.append(name)
        print(f'{"FAILED" if name in failed else "holds"}: {name} ({time.monotonic() - began:.1f} s)',
              flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
