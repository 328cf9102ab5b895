# Every fuzz target over its corpus and as many inputs more, drawn from a fixed
# seed; --long takes the minute of `make fuzz`, from a new one.
# builds: san
bats_require_minimum_version 1.5.0
load helper

INPUTS=1000

fuzz() {
	export FUZZ_DIR=$BATS_TEST_TMPDIR/fuzz FUZZ_OBJ=$BATS_FILE_TMPDIR/obj
	[ -n "$GP_LONG" ] || export FUZZ_INPUTS=$INPUTS FUZZ_SEED=1
	run -0 "$TESTS/fuzz/run" "$1"
	[ -z "$GP_LONG" ] || echo "# $output" >&3
	[[ $output =~ ^ok\ +$1\ +([0-9]+)\ inputs\ tried,\ seed\ [0-9]+$ ]]
	[ "${BASH_REMATCH[1]}" -ge "$INPUTS" ] || [ -n "$GP_LONG" ]
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
	fuzz package
}
