# The probe for 32-bit programs. Neither a C library nor gcc-multilib is needed.

all: $(BUILD)/true-32

$(BUILD)/true-32: word-size/true-32.S word-size/rules.mk
	@mkdir -p $(@D)
	$(CC) -m32 -nostdlib -static -no-pie -s -Wl,--build-id=none $< -o $@
