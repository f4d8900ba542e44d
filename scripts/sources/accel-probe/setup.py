from setuptools import Extension, setup

setup(
    name="accel-probe",
    version="1.0",
    packages=["accel_probe"],
    ext_modules=[Extension("accel_probe._probe", ["probe.c"])],
)
