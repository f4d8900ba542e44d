# libemul.so: the shim. Included by native/Makefile, which sets BUILD; also works alone: make -f shim/rules.mk
#
# No DT_NEEDED and no symbol version (next.h says why); one page of code and one of data, because mapping them is most of
# what a start with the shim costs.
BUILD ?= build

SHIM_SOURCES := $(wildcard shim/*.c)
SHIM_CFLAGS := -std=c11 -O2 -fPIC -fvisibility=hidden -fno-plt -ffunction-sections -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables \
	-fno-stack-protector -U_FORTIFY_SOURCE -D_FILE_OFFSET_BITS=64 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror \
	-Iinclude -Ishim
SHIM_LDFLAGS := -shared -nostdlib -Wl,-soname,libemul.so -Wl,-z,now,-z,initfirst,-z,noseparate-code,-z,norelro \
	-Wl,--hash-style=gnu,--gc-sections,--build-id=none,--unresolved-symbols=ignore-all -s

$(BUILD)/libemul.so: $(SHIM_SOURCES) $(wildcard shim/*.h) include/emul_index.h shim/rules.mk
	@mkdir -p $(@D)
	$(CC) $(SHIM_CFLAGS) $(SHIM_LDFLAGS) -o $@ $(SHIM_SOURCES)
