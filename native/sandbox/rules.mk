# emul-sandbox: hosted and static, so that it runs whatever the root is like. plan.h says what it does.
SANDBOX_SRC := $(sort $(wildcard sandbox/*.c))
SANDBOX_HDR := $(wildcard sandbox/*.h)
SANDBOX_CFLAGS := -std=gnu11 -O2 -D_GNU_SOURCE $(WARNINGS) -Wvla -fanalyzer

$(BUILD)/emul-sandbox: $(SANDBOX_SRC) $(SANDBOX_HDR) sandbox/rules.mk
	@mkdir -p $(@D)
	$(CC) $(SANDBOX_CFLAGS) -static -o $@.new $(SANDBOX_SRC)
	@mv $@.new $@

all: $(BUILD)/emul-sandbox
