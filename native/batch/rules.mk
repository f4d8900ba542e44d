# emul-batch: hosted and static, so that it runs inside any build root. batch.c says what it does.
$(BUILD)/emul-batch: batch/batch.c batch/rules.mk
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -D_GNU_SOURCE $(WARNINGS) -Wvla -fanalyzer -static -o $@.new batch/batch.c
	@mv $@.new $@

all: $(BUILD)/emul-batch
