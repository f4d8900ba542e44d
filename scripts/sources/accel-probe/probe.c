/* A python module in C, as small as one can be that still shows what it was compiled for. */
#include <Python.h>

static PyObject *probe_word_bits(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    return PyLong_FromLong((long)(sizeof(void *) * 8));
}

static PyMethodDef probe_methods[] = {
    {"word_bits", probe_word_bits, METH_NOARGS, "The size of a pointer."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef probe_module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "accel_probe._probe",
    .m_size = -1,
    .m_methods = probe_methods,
};

PyMODINIT_FUNC PyInit__probe(void)
{
    return PyModule_Create(&probe_module);
}
