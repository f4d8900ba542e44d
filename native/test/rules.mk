# Tests of the dispatcher: its sources built hosted, with sanitizers; what the real file may cost; a moment of fuzzing.
# The system tests (test/system) run the real file.

TEST_CFLAGS := $(WARNINGS) -Wno-missing-prototypes -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
TESTED_SOURCES := $(filter-out dispatcher/main.c dispatcher/mem.c,$(wildcard dispatcher/*.c))
DISPATCHER_TESTS := $(patsubst test/%.c,$(BUILD)/test/%,$(wildcard test/test_*.c))
DISPATCHER_FUZZERS := $(BUILD)/test/fuzz_index $(BUILD)/test/fuzz_elf_id
FUZZ_RUNS ?= 50000
SIZE_BUDGET := 16384

.PHONY: test-dispatcher test-dispatcher-budget test-dispatcher-analyzer test-dispatch-cost
test: test-dispatcher test-dispatcher-budget test-dispatcher-analyzer test-dispatch-cost

# There is no heap to leak, and the leak checker needs a ptrace that containers may refuse.
test-dispatcher: export ASAN_OPTIONS := detect_leaks=0
test-dispatcher: $(DISPATCHER_TESTS) $(DISPATCHER_FUZZERS)
	@status=0; for each in $(DISPATCHER_TESTS); do $$each || status=1; done; exit $$status
	@for each in $(DISPATCHER_FUZZERS); do $$each $(FUZZ_RUNS) || exit 1; done

$(BUILD)/test/test_%: test/test_%.c $(TESTED_SOURCES) $(DISPATCHER_HEADERS) $(wildcard test/*.h)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) $< $(TESTED_SOURCES) -o $@

$(BUILD)/test/fuzz_%: test/fuzz_%.c test/fuzz_driver.c $(TESTED_SOURCES) $(DISPATCHER_HEADERS) $(wildcard test/*.h)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) $< test/fuzz_driver.c $(TESTED_SOURCES) -o $@

# Writable memory or a relocation would be one more page fault on every exec.
test-dispatcher-budget: $(BUILD)/qemu-binfmt
	@size=$$(stat -c %s $<); [ $$size -le $(SIZE_BUDGET) ] || not='not '; echo "$${not}ok - $<: $$size of $(SIZE_BUDGET) bytes"; [ -z "$$not" ]
	@loads=$$(readelf -lW $< | grep -c ' LOAD '); [ $$loads = 1 ] || not='not '; echo "$${not}ok - $<: one segment"; [ -z "$$not" ]

test-dispatch-cost: $(BUILD)/test/dispatch_cost $(BUILD)/qemu-binfmt
	@ASAN_OPTIONS=detect_leaks=0 $^

$(BUILD)/test/dispatch_cost: test/dispatch_cost.c $(wildcard test/sample_*.h) $(DISPATCHER_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) $< -o $@

test-dispatcher-analyzer: $(patsubst dispatcher/%.c,$(BUILD)/analyzer/%.o,$(wildcard dispatcher/*.c))
	@echo 'ok - dispatcher: gcc -fanalyzer has nothing to say'

$(BUILD)/analyzer/%.o: dispatcher/%.c $(DISPATCHER_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(DISPATCHER_CFLAGS) -fanalyzer -c $< -o $@
