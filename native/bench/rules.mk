# emul-spawn: hosted and static, so that it runs inside any build root. spawn.c says what it does.
$(BUILD)/emul-spawn: bench/spawn.c bench/rules.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -D_GNU_SOURCE $(WARNINGS) -Wvla -fanalyzer -static -o $@.new bench/spawn.c
	@mv $@.new $@

all: $(BUILD)/emul-spawn
