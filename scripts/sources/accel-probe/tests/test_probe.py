import platform
import unittest

import accel_probe


class Probe(unittest.TestCase):
    def test_the_module_is_of_the_machine_that_python_says(self):
        self.assertTrue(accel_probe.machine().startswith(platform.machine()[:3]))
        self.assertEqual(accel_probe.word_bits(), int(platform.architecture()[0][:2]))
