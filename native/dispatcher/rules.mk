# The dispatcher: freestanding, one static file of at most 16 KiB.

DISPATCHER_SOURCES := $(wildcard dispatcher/*.c) dispatcher/start.S
DISPATCHER_HEADERS := $(wildcard dispatcher/*.h) include/emul_index.h
DISPATCHER_CFLAGS := $(WARNINGS) -std=c11 -Os -ffreestanding -fno-builtin -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fcf-protection=none -fomit-frame-pointer \
	-mgeneral-regs-only
DISPATCHER_LDFLAGS := -nostdlib -static -no-pie -s -Wl,-T,dispatcher/dispatcher.ld -Wl,--build-id=none \
	-Wl,-z,noseparate-code -Wl,--fatal-warnings
DISPATCHER_OBJECTS := $(patsubst dispatcher/%,$(BUILD)/dispatcher/%.o,$(basename $(DISPATCHER_SOURCES)))

all: $(BUILD)/qemu-binfmt

$(BUILD)/qemu-binfmt: $(DISPATCHER_OBJECTS) dispatcher/dispatcher.ld
	$(CC) $(DISPATCHER_LDFLAGS) $(DISPATCHER_OBJECTS) -o $@

$(BUILD)/dispatcher/%.o: dispatcher/%.c $(DISPATCHER_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(DISPATCHER_CFLAGS) -c $< -o $@

$(BUILD)/dispatcher/%.o: dispatcher/%.S
	@mkdir -p $(@D)
	$(CC) -c $< -o $@
