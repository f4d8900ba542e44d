/**
 * Questions to python, and what programs in python do. /tmp/lib/fresh holds an extension module that was compiled a moment
 * ago. Sets and addresses have no order that could be compared, so the questions sort and leave out.
 */
import type { Snippet } from '../two-sides.ts';

/** Every value of these modules that is a constant, one per line. */
const CONSTANTS = `python3 -c '
import importlib
for name in "sys os resource signal socket errno select fcntl termios stat locale time math mmap ssl curses array".split():
  module = importlib.import_module(name)
  for key in sorted(dir(module)):
    value = getattr(module, key)
    if isinstance(value, frozenset): value = sorted(value)
    if isinstance(value, (int, float, str, bytes, tuple, list)) and " at 0x" not in repr(value): print(name, key, repr(value))
    elif "info" in key and "get" not in key or key in ("flags", "implementation", "_git"): print(name, key, value)'`;

/** Loads every extension module below lib-dynload. */
const EVERY_MODULE = `python3 -c '
import importlib, os, sys
where = [path for path in sys.path if path.endswith("lib-dynload")][0]
for name in sorted(os.listdir(where)):
  module = importlib.import_module(name.split(".")[0])
  print(name, module.__file__, module.__spec__.origin, module.__loader__.name)'`;

/** Every answer of the system that a name asks for, one per line. */
const SYSTEM_NAMES = `python3 -c '
import os
for kind, ask in ("sysconf", os.sysconf), ("confstr", os.confstr), ("pathconf", lambda name: os.pathconf("/", name)):
  for name in sorted(getattr(os, kind + "_names")):
    try: print(kind, name, getattr(os, kind + "_names")[name], ask(name))
    except OSError as error: print(kind, name, error)'`;

/** A project of setuptools with an extension module and a program, as a source package has it. */
const PROJECT = `mkdir project && cd project && cat >setup.py <<'END'
from setuptools import Extension, setup
setup(name="built", version="1.0", packages=["built"], ext_modules=[Extension("built.fast", ["fast.c"])],
      entry_points={"console_scripts": ["built = built:main"]})
END
cat >fast.c <<'END'
#include <Python.h>
static PyObject *machine(PyObject *self, PyObject *none) {
  (void)self; (void)none;
#ifdef __aarch64__
  return PyUnicode_FromString("aarch64");
#else
  return PyUnicode_FromString("another");
#endif
}
static PyMethodDef methods[] = {{"machine", machine, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", "", -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
END
mkdir built && cat >built/__init__.py <<'END'
import os, sys
from built.fast import machine
def main(): print(machine(), __file__, sys.executable, sys.prefix, sys.flags.isolated, sorted(os.environ), sys.argv)
END`;

export const PYTHON: readonly Snippet[] = [
  {
    title: 'its constants and those of the system',
    script: CONSTANTS,
    exempt: {
      lines: /^(os O_(DIRECT|DIRECTORY|NOFOLLOW|TMPFILE)|locale CHAR_MAX) /,
      why: 'compiled in: numbers of the host’s kernel, and the largest char of its machine',
    },
  },
  {
    title: 'what it asks the system by name',
    script: SYSTEM_NAMES,
    exempt: {
      lines: /SC_(AVPHYS_PAGES|CHAR_M..|MINSIGSTKSZ|SIGSTKSZ|THREAD_STACK_MIN) |LP64_OFF64_(CFLAGS|LDFLAGS) /,
      why: 'answers of the C library of either machine, and free memory',
    },
  },
  {
    title: 'how it was configured',
    script: `python3 -c 'import pprint, sysconfig as s; pprint.pprint([s.get_config_vars(), s.get_paths(), s.get_platform(), s.get_scheme_names(),
      s.get_makefile_filename(), s.get_config_h_filename(), s.get_python_version(), s.parse_config_h(open(s.get_config_h_filename()))])'
      python3 -m site; python3 -VV; python3 -h; python3 --help-env`,
  },
  {
    title: 'which machine it runs on',
    script: `python3 -m platform; python3 -c '
import os, platform
for name in "machine processor architecture libc_ver uname platform node system release version python_build python_compiler".split():
  print(name, getattr(platform, name)())
print(platform.platform(True), platform.platform(False, True), platform.architecture("/bin/ls"), platform.uname().processor, platform.freedesktop_os_release())
print(os.uname(), os.cpu_count(), os.process_cpu_count(), os.sched_getaffinity(0), os.getloadavg() is not None)'`,
  },
  {
    title: 'suffixes and finders of modules',
    script: `python3 -c 'import importlib.machinery as m, importlib.util as u, sys; print(m.all_suffixes(), m.EXTENSION_SUFFIXES, u.find_spec("_ssl").origin)
print(sys.path, sys.path_hooks[0], u.cache_from_source("a.py"), u.MAGIC_NUMBER)'`,
  },
  { title: 'every module of lib-dynload', script: EVERY_MODULE },
  {
    title: 'a module that was built a moment ago',
    script: `cp /tmp/lib/fresh.*.so .; python3 -c 'import sys; print("first", flush=True); import fresh; print(fresh.answer(), fresh.__file__, sys.orig_argv)' a 'b c'
      mkdir other && cd other && python3 -c 'import sys; sys.path.insert(0, ".."); import fresh; print(fresh.answer(), sys.orig_argv)' a 'b c'
      PYTHONPATH=.. python3 -c 'print("first", flush=True); import fresh; print(fresh.answer())' </dev/null`,
  },
  { title: 'a module of a missing package', script: 'python3 -c "import no_such_module"; echo $?' },
  {
    title: 'who it is, by every name',
    script: `show='import os, sys; print(sys.executable, sys.prefix, sys.base_prefix, sys._base_executable, sys.orig_argv, os.readlink("/proc/self/exe"))'
      ln -s /usr/bin/python3 py; ln -s py py2; ./py2 -c "$show" a 'b c'; PATH=$PWD:$PATH py -c "$show"; (exec -a /no/python python3 -c "$show")
      cd / && usr/bin/python3 -c "$show"`,
  },
  {
    title: 'with other options and no environment',
    script: `show='import os, sys; print(sorted(os.environ.items()), sys.executable, sys.flags, sys.path, sys.warnoptions, sys._xoptions)'
      env -i /usr/bin/python3 -c "$show"; env -i /usr/bin/python3 -I -S -c "$show"
      for option in -E '-B -s -P -OO -X utf8 -W error -bb' '-X dev'; do env -i A=b PYTHONPATH=/x python3 $option -c "$show"; done
      PYTHONPATH=/no:/usr/share PYTHONHOME=/usr PYTHONUTF8=1 python3 -c "$show"; PYTHONHOME=/no python3 -c 1 2>&1 | grep -v 0x | head -5`,
  },
  {
    title: 'a venv',
    script: `python3 -m venv --without-pip v; v/bin/python3 -c 'import sys, sysconfig; print(sys.executable, sys.prefix, sys.base_prefix, sys.path, sysconfig.get_paths())'
      . v/bin/activate; mkdir -p c/bin; cp v/pyvenv.cfg c; cp /usr/bin/python3 c/bin/python; c/bin/python -c 'import sys; print(sys.executable, sys.prefix)'`,
  },
  {
    title: 'a wheel of setuptools, and pip that installs it in a venv',
    script: `export SOURCE_DATE_EPOCH=1000000000
      ${PROJECT}
      python3 setup.py bdist_wheel && ls dist && cd .. && PYTHONPATH=$(echo project/build/lib.*) python3 -B -c 'import built; built.main()'
      python3 -m venv --without-pip --system-site-packages v
      v/bin/python -m pip install --no-index --no-cache-dir --disable-pip-version-check --no-compile project/dist/*.whl
      v/bin/built a 'b c'; env -i v/bin/built; v/bin/python -IES -c 'import sys; print(sys.path, sys.prefix)'
      for option in -I -E -S -IES; do env -i PYTHONPATH=/no v/bin/python $option -c '
import sys; sys.path.append(sys.argv[1]); from built import main; main()' v/lib/python3.*/site-packages; done; find v -name __pycache__ -exec rm -r {} +`,
  },
  {
    title: 'which wheels it takes',
    script: `python3 -c 'from packaging import tags; every = list(tags.sys_tags()); print(len(every), *every[:40], *tags.platform_tags())'`,
  },
  {
    title: 'its configuration scripts',
    script: `python3-config --cflags --ldflags --libs --includes --extension-suffix --configdir --abiflags --prefix --exec-prefix --embed
      pkg-config --cflags --libs python3 python3-embed`,
  },
  {
    title: 'libraries by ctypes',
    script: `python3 -c 'import ctypes, ctypes.util
for name in "libc.so.6 libm.so.6 libz.so.1 libcrypto.so.3 libpthread.so.0 libdl.so.2 librt.so.1 libstdc++.so.6 libsqlite3.so.0 libno.so.1 /no/lib.so".split():
  try: print(name, ctypes.CDLL(name)._name)
  except OSError as error: print(error)
libc = ctypes.CDLL("libc.so.6", use_errno=True); print(libc.abs(-5), libc.access(b"/no", 0), ctypes.get_errno(), ctypes.CDLL(None).strlen(b"abc"))
print([ctypes.util.find_library(name) for name in "c m z crypto ssl pthread nosuch".split()])
print([(name, ctypes.sizeof(getattr(ctypes, name)), ctypes.alignment(getattr(ctypes, name))) for name in sorted(dir(ctypes)) if name.startswith("c_")])
class S(ctypes.Structure): _fields_ = [("a", ctypes.c_byte), ("b", ctypes.c_longdouble), ("c", ctypes.c_int, 3)]
print(ctypes.sizeof(S), S.c)
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))(lambda a, b: a[0] - b[0])
numbers = (ctypes.c_int * 5)(3, 1, 2, 5, 4); libc.qsort(numbers, 5, 4, compare); print(list(numbers))'
      python3 -c 'import ctypes; print(ctypes.CDLL("libpanelw.so.6")._name, ctypes.CDLL("/lib/'$(uname -m)'-linux-gnu/libncursesw.so.6")._name)'`,
  },
  {
    title: 'ssl, hashlib and their configuration',
    script: `python3 -c 'import ssl, hashlib, hmac, sys
print(ssl.OPENSSL_VERSION, ssl.get_default_verify_paths(), [c["name"] for c in ssl.create_default_context().get_ciphers()], ssl.HAS_TLSv1_3)
for name in sorted(hashlib.algorithms_available):
  try: h = hashlib.new(name, b"abc"); print(name, h.hexdigest(8) if "shake" in name else h.hexdigest())
  except ValueError as error: print(name, error)
print(hashlib.scrypt(b"a", salt=b"b", n=16, r=1, p=1).hex(), hmac.digest(b"k", b"m", "sha3_256").hex(), hashlib.pbkdf2_hmac("sha1", b"a", b"b", 9).hex())'
      python3 -c 'import hashlib; hashlib.new("md4")'`,
  },
  {
    title: 'sqlite, dbm and packers',
    script: `python3 -c 'import sqlite3, dbm, bz2, lzma, zlib, gzip
c = sqlite3.connect("x.db"); c.execute("create table t(a, b)"); c.executemany("insert into t values(?, ?)", [(n, n / 7) for n in range(99)]); c.commit()
print(sqlite3.sqlite_version, c.execute("select sum(b), avg(a) from t").fetchall(), sorted(c.execute("pragma compile_options")))
data = bytes(range(256)) * 99
for packed in bz2.compress(data), lzma.compress(data), zlib.compress(data, 9), gzip.compress(data, mtime=0): print(len(packed), zlib.crc32(packed))
print(zlib.ZLIB_RUNTIME_VERSION, zlib.adler32(data))'`,
  },
  {
    title: 'numbers',
    script: `python3 -c 'import math, cmath, decimal, fractions, random, statistics, struct, array, sys
r = random.Random(7)
for n in range(80):
  x = (r.random() - 0.5) * 10.0 ** (n % 40 - 20); print(repr(x), x.hex(), "%.30f %e %d" % (x, x, x), math.sin(x), math.sqrt(abs(x)), x ** 3, round(x, 3), struct.pack(">d", x).hex())
print(2 ** 1000 // 7 ** 50, -7 % 3, divmod(-7.5, 2), int("9" * 40), hash(1.5), hash("a") != 0, hash((1, 2)), hash(2 ** 61), float("1e400"), 0.1 + 0.2)
decimal.getcontext().prec = 60; print(decimal.Decimal(2).sqrt(), decimal.Decimal(1) / 7, decimal.HAVE_THREADS, fractions.Fraction(0.1), cmath.exp(1j))
print(struct.calcsize("lqPndi"), [(c, array.array(c).itemsize) for c in "bBuhHiIlLqQfd"], struct.pack("@bhilqfdPn", 1, 2, 3, 4, 5, 6, 7, 8, 9).hex(), sys.byteorder)
print(random.Random(1).sample(range(1000), 5), random.Random("a").gauss(0, 1), statistics.stdev([1, 2, 4]), math.fsum([.1] * 10), math.nan, memoryview(b"abc").format)'`,
  },
  {
    title: 'times, zones, locales, identifiers, text',
    script: `python3 -c 'import time, datetime, zoneinfo, locale, uuid, unicodedata, curses, json, pickle, marshal, re, os
print(time.strftime("%c %Z", time.gmtime(0)), time.get_clock_info("monotonic"), time.tzname, datetime.datetime.fromtimestamp(1e9, datetime.timezone.utc).ctime())
print(zoneinfo.TZPATH, datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")))
print(locale.getlocale(), locale.setlocale(locale.LC_ALL, "C.UTF-8"), locale.getencoding(), locale.nl_langinfo(locale.CODESET), locale.strcoll("a", "B"))
print(uuid.uuid5(uuid.NAMESPACE_DNS, "a"), uuid._generate_time_safe is None, unicodedata.unidata_version, unicodedata.name("ß"), "ß".upper())
print(json.dumps({"b": [1, 2.5, None], "a": "ä"}), pickle.dumps([1, {2: "a"}, 3.5], 2), marshal.dumps([1, "a", 2.5, 2 ** 70]), marshal.version, re.findall(r"\\w+", "a bä"))
curses.setupterm("xterm"); print(curses.tigetnum("colors"), curses.tigetstr("bold"), curses.version)'
      echo 'print(6 * 7); 1/0' | python3 -i 2>&1 | grep -v '^Python'; echo 'print(__name__)' | python3 -`,
  },
  {
    title: 'processes',
    script: `python3 -c 'import os, subprocess, sys, signal
print("first", flush=True); print(subprocess.run(["uname", "-m"], capture_output=True, text=True), subprocess.getoutput("echo $0"), os.system("exit 3") >> 8)
if os.fork() == 0: print("child", flush=True); os._exit(4)
print(os.wait()[1] >> 8, subprocess.call(["/no"], shell=False) if 0 else None); print(subprocess.run([sys.executable, "-c", "import sys; print(sys.executable, sys.flags.utf8_mode); sys.exit(5)"]).returncode)
try: subprocess.run(["/no"])
except OSError as error: print(error)
print(os.posix_spawn("/bin/echo", ["echo", "spawned"], {}) > 0, os.wait()[1]); os.execv(sys.executable, ["py", "-c", "import sys; print(sys.executable, sys.orig_argv)"])'
      python3 -c 'import os, signal; os.kill(os.getpid(), 9)'; echo $?; python3 -c 'import sys; sys.exit("bye")'; echo $?
      printf '#!/usr/bin/python3 -E\\nimport sys; print(__file__, sys.argv, sys.flags.ignore_environment, sys.path[0])\\n' >s; chmod +x s; ./s 1`,
  },
  {
    title: 'multiprocessing, by every method',
    script: `cat >m.py <<'END'
import multiprocessing, sys, os, _zoneinfo
def work(n): return n * n, os.path.basename(sys.executable), multiprocessing.current_process().name.split("-")[0]
if __name__ == "__main__":
  print(multiprocessing.get_all_start_methods(), multiprocessing.get_start_method(), multiprocessing.cpu_count(), flush=True)
  for method in "fork", "spawn", "forkserver":
    context = multiprocessing.get_context(method)
    with context.Pool(1) as pool: print(method, pool.map(work, range(4)), flush=True)
  from multiprocessing import shared_memory; s = shared_memory.SharedMemory(create=True, size=9); s.buf[0] = 7; print(s.buf[0], s.size); s.close(); s.unlink()
END
      python3 m.py; cat >e.py <<'END'
import multiprocessing, sys; sys.path.insert(0, "/tmp/lib"); import fresh
if __name__ == "__main__":
  with multiprocessing.get_context("spawn").Pool(1) as pool: print(pool.map(abs, [-1]), fresh.answer())
END
      python3 e.py; python3 -c 'import threading; t = threading.Thread(target=lambda: print("in a thread")); t.start(); t.join(); print(threading.TIMEOUT_MAX, threading.stack_size())'
`,
  },
  {
    title: 'compiled files, byte by byte',
    script: `mkdir p; cp /usr/lib/python3.13/{bisect,contextlib,keyword,this}.py p; touch -d @1000000000 p/*
      python3 -m compileall -q -o 0 -o 2 p; ls p/__pycache__`,
  },
  {
    title: 'tools in python',
    script: `echo '{"b":[1,2.5,null],"a":"x"}' | python3 -m json.tool --sort-keys; python3 -m dis - <<<'a = [b for b in c if b]'
      meson --version`,
  },
];
