/*
 * python.exe for a python3XX.dll that came without one: it hands its command
 * line to Py_Main and has no other wish.  Compile with -municode.
 */
#include <windows.h>
#include <wchar.h>

#ifndef PYTHON_DLL
#error "say which: -DPYTHON_DLL=L\"python311.dll\""
#endif

int wmain(int argc, wchar_t **argv)
{
    HMODULE library = LoadLibraryW(PYTHON_DLL);
    int (*run)(int, wchar_t **) = NULL;
    if (library != NULL)
        run = (int (*)(int, wchar_t **))(void *)GetProcAddress(library, "Py_Main");
    if (run == NULL) {
        fwprintf(stderr, L"%ls cannot be loaded: error %lu\n", PYTHON_DLL, GetLastError());
        return 120;
    }
    return run(argc, argv);
}
