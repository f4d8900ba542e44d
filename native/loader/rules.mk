# What the twins' loader does otherwise than glibc's: bare code, which src/adapters/twin/loader.ts puts into it.

all: $(BUILD)/loader-rescue.bin $(BUILD)/loader-cpu.bin

$(BUILD)/loader-%.bin: loader/%.S loader/rules.mk
	@mkdir -p $(@D)/loader
	$(CC) -c $< -o $(BUILD)/loader/$*.o
	objcopy -O binary -j .text $(BUILD)/loader/$*.o $@
