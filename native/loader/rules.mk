# What the twins' loader does instead of giving up: bare code, which src/adapters/twin/loader.ts puts into it.

all: $(BUILD)/loader-rescue.bin

$(BUILD)/loader-rescue.bin: loader/rescue.S loader/rules.mk
	@mkdir -p $(@D)/loader
	$(CC) -c $< -o $(BUILD)/loader/rescue.o
	objcopy -O binary -j .text $(BUILD)/loader/rescue.o $@
