#!/usr/bin/env python3
"""Runs one scenario: tests/interop/run.py FOLDER, with $BREAKWATER naming the binary.

FOLDER/scenario.py tells the dialogue, in scenario(world); what is posted and expected lies beside it."""
import importlib.util
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import run_scenario

if __name__ == '__main__':
    FOLDER = os.path.abspath(sys.argv[1])
    SPEC = importlib.util.spec_from_file_location('scenario', os.path.join(FOLDER, 'scenario.py'))
    SCENARIO = importlib.util.module_from_spec(SPEC)
    SPEC.loader.exec_module(SCENARIO)
    sys.exit(run_scenario(SCENARIO, FOLDER))
