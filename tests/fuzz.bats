# Every fuzz target over its corpus and some seconds more; --long takes the
# minute of `make fuzz`.
bats_require_minimum_version 1.5.0
load helper

fuzz() {
	local seconds=5
	[ -z "$GP_LONG" ] || seconds=60
	FUZZ_SECONDS=$seconds FUZZ_DIR=$BATS_TEST_TMPDIR/fuzz run -0 "$TESTS/fuzz/run" "$1"
	[[ $output =~ ^ok\ +$1\ +([0-9]+)\ inputs\ tried$ ]]
	[ "${BASH_REMATCH[1]}" -ge 1000 ]
}

@test "fuzz: records" {
	fuzz record
}

@test "fuzz: Google's answers through gp-list" {
	fuzz answer
}

@test "fuzz: EXIF and the headers of photos and videos" {
	fuzz exif
}

@test "fuzz: names of files and folders" {
	fuzz name
}

@test "fuzz: addresses, Retry-After, numbers, times" {
	fuzz address
}

@test "fuzz: names and sidecars of Takeout" {
	fuzz takeout
}

@test "fuzz: parts of exports, and their listings" {
	fuzz part
}
