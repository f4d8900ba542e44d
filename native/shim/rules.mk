# The shim. No DT_NEEDED and no symbol version (next.h says why); one segment of code and one of data, because mapping them
# is most of what it adds to a twin's start.

SHIM_SOURCES := $(wildcard shim/*.c)
# What it shares with the dispatcher: how a guest binary is told, the index, the trace, where the emulator is.
SHIM_SHARED := $(patsubst %,dispatcher/%.c,canonical elf_id emulators index text trace)
SHIM_HEADERS := $(wildcard shim/*.h dispatcher/*.h) include/emul_index.h
SHIM_CFLAGS := $(filter-out -Wmissing-prototypes,$(WARNINGS)) -std=c11 -O2 -fPIC -fvisibility=hidden -fno-plt \
	-ffunction-sections -fno-asynchronous-unwind-tables -fno-stack-protector -fno-tree-loop-distribute-patterns \
	-U_FORTIFY_SOURCE -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude
SHIM_LDFLAGS := -shared -nostdlib -s -Wl,-soname,libemul.so -Wl,--hash-style=gnu,--gc-sections,--build-id=none \
	-Wl,-z,now,-z,initfirst,-z,noseparate-code,-z,norelro -Wl,--unresolved-symbols=ignore-all

# For twins of 32-bit guests. Any x86-64 gcc compiles for i386; headers and libraries of gcc-multilib are not needed.
SHIM_32_CFLAGS := $(SHIM_CFLAGS) -m32 -march=i686 -Ishim/i386 -isystem /usr/include/$(shell $(CC) -print-multiarch)

all: $(BUILD)/libemul.so $(BUILD)/libemul-32.so

$(BUILD)/libemul.so: $(SHIM_SOURCES) $(SHIM_SHARED) $(SHIM_HEADERS) shim/rules.mk
	@mkdir -p $(@D)
	$(CC) $(SHIM_CFLAGS) $(SHIM_LDFLAGS) $(SHIM_SOURCES) $(SHIM_SHARED) -o $@

$(BUILD)/libemul-32.so: $(SHIM_SOURCES) $(SHIM_SHARED) $(SHIM_HEADERS) shim/i386/gnu/stubs-32.h shim/rules.mk
	@mkdir -p $(@D)
	$(CC) $(SHIM_32_CFLAGS) $(SHIM_LDFLAGS) $(SHIM_SOURCES) $(SHIM_SHARED) -o $@

.PHONY: test-shim-analyzer
test: test-shim-analyzer
test-shim-analyzer: $(patsubst shim/%.c,$(BUILD)/analyzer/shim-%.o,$(SHIM_SOURCES))
	@echo 'ok - shim: gcc -fanalyzer has nothing to say'

$(BUILD)/analyzer/shim-%.o: shim/%.c $(SHIM_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(SHIM_CFLAGS) -fanalyzer -c $< -o $@
