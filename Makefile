# The usual errands. Everything runs on a fresh Debian 12 with Swift; what is missing is installed.
.PHONY: serve build test bench format clean

serve: build
	.build/release/scrip serve --data data --sample --mail-folder data/mails

build:
	@scripts/install build
	@scripts/build

test:
	@scripts/test

bench:
	@cd Benchmarks && ./run

format:
	swift format -i -r Sources Tools Tests

clean:
	rm -rf .build Benchmarks/.build
