#!/usr/bin/env bats
# Something else where a file or a folder is expected: it is said, and nothing
# waits for it.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
}

# says WHAT COMMAND...: ends by itself, exit 2, and says it
says() {
	local what=$1
	shift
	run -2 --separate-stderr timeout "$PATIENCE" "$@" </dev/null
	same "" "$output"
	has "$stderr" "$what"
}

@test "a FIFO in place of the index: each tool says so, and waits for nobody" {
	rm "$index"*
	mkfifo "$index"
	for mode in --stats --check --export --new --record --rebuild "--backup x.db"; do
		# shellcheck disable=SC2086 # words
		says "is no regular file" gp-index $mode
	done
	says "is no regular file" gp-fetch
	says "is no regular file" gp-list picker:new
	[ -p "$index" ]
}

@test "a FIFO in place of the index that GP_INDEX names is said too" {
	mkfifo pipe
	export GP_INDEX=$PWD/pipe
	says "is no regular file" gp-index --stats
	says "is no regular file" gp-fetch
}

@test "gp-index --restore: a FIFO is no backup, and gives way to one" {
	mkfifo pipe
	gp-index --backup saved.db
	says "is no regular file" gp-index --restore pipe
	says "is no regular file" gp-index --restore /dev/null
	rm "$index"*
	mkfifo "$index"
	timeout "$PATIENCE" gp-index --restore saved.db
	same 3 "$(gp-index --stats | jq .files)"
	gp-index --restore /dev/stdin <saved.db
}

@test "a FIFO in place of .gp/archive is no id of an archive" {
	rm "$GP_ARCHIVE/.gp/archive"
	mkfifo "$GP_ARCHIVE/.gp/archive"
	for tool in "gp-index --stats" gp-fetch gp-pack "gp-list picker:new"; do
		# shellcheck disable=SC2086 # words
		says "holds no id of an archive" $tool
	done
}

@test "a FIFO in place of a staged file's record holds nobody up" {
	staged d D.jpg delta >record
	mkfifo "$staging/$(printf 'd\0D.jpg' | sha256sum | cut -c1-64).json"
	timeout "$PATIENCE" gp-index --record <record >out
	same stored "$(jq -r .status out)"
	rm -f "$staging"/*
	staged e E.jpg echo >/dev/null
	mkfifo "$staging/$(printf 'e\0E.jpg' | sha256sum | cut -c1-64).json"
	run --separate-stderr timeout "$PATIENCE" gp-index --record </dev/null
	[ "$status" -ne 124 ]
	[ "$status" -le 1 ]
	same 4 "$(gp-index --stats | jq .files)"
}

@test "gp-index --rebuild: a FIFO among the lists of earlier runs is said" {
	mkdir -p "$GP_ARCHIVE/.gp/runs/one"
	mkfifo "$GP_ARCHIVE/.gp/runs/one/new.ndjson"
	rm "$index"*
	says "new.ndjson: is no regular file" gp-index --rebuild
	rm "$GP_ARCHIVE/.gp/runs/one/new.ndjson"
	gp-index --rebuild
	same 3 "$(gp-index --stats | jq .files)"
}

@test "GP_CA_FILE and the client's file: a FIFO is said" {
	mkfifo pipe
	GP_CA_FILE=$PWD/pipe says "is no regular file" gp-fetch
	says "is no regular file" gp-auth login --client pipe
}

@test "-C without a name is a slip, in every tool and pipeline; an empty GP_ARCHIVE is none" {
	PATH=$TESTS/../pipelines:$PATH
	mkdir -p "$HOME"
	for tool in "gp-list dir:." "gp-index --stats" gp-fetch gp-hash gp-pack "gp-auth status" \
		gp-backup "gp-disc status" gp-doctor gp-drill "gp-notify ok" gp-replicate gp-report \
		"gp-restore --from nas --to x" "gp-safe Ezra" gp-scrub "gp-setup --yes" gp-takeout-pull gp; do
		# shellcheck disable=SC2086 # words
		says "needs the name of a folder" $tool -C ""
	done
	says "needs the name of a folder" gp-index --archive= --stats
	GP_ARCHIVE='' says "no archive at $HOME/gp-archive" gp-index --stats
}

@test "a FIFO in place of a run's counts, or of a bag's list, is said" {
	mkdir -p "$GP_ARCHIVE/.gp/runs/one" "$GP_ARCHIVE/burn/GP-0001"
	mkfifo "$GP_ARCHIVE/.gp/runs/one/counts.ndjson" "$GP_ARCHIVE/burn/GP-0001/manifest-sha256.txt"
	GP_RUN=one says "cannot write the counts of this run" gp-index --new
	gp-index --export --unpacked >list
	run -2 --separate-stderr timeout "$PATIENCE" gp-pack --number 1 --flush --parity 0 <list
	has "$stderr" "GP-0001: the label is used already"
}

@test "a disk that has no file locks is said, and waited for by nobody" {
	local error tool
	export ASAN_OPTIONS=$NO_LEAKS
	echo '{"id":"1","source":"dir","filename":"a.jpg"}' >in
	for error in ENOLCK EOPNOTSUPP; do
		for tool in gp-fetch "gp-index --record" "gp-index --rebuild" gp-pack; do
			# shellcheck disable=SC2086 # words
			run -2 --separate-stderr timeout "$PATIENCE" strace -qq -f -o /dev/null -e trace=flock \
				-e inject="flock:error=$error" $tool <in
			has "$stderr" "its disk has no file locks"
		done
	done
}

@test "gp-hash: staged files on a disk without file locks are said and left, others are hashed" {
	local error
	export ASAN_OPTIONS=$NO_LEAKS
	mkdir -p "$GP_ARCHIVE/.gp/staging"
	echo staged | tee "$GP_ARCHIVE/.gp/staging/k1" >"$GP_ARCHIVE/.gp/staging/k2"
	echo other >plain
	printf '{"id":"%s","file":"%s"}\n' 1 "$GP_ARCHIVE/.gp/staging/k1" 2 "$PWD/plain" 3 "$GP_ARCHIVE/.gp/staging/k2" >in
	for error in ENOLCK EOPNOTSUPP ENOSYS; do
		run -2 --separate-stderr timeout "$PATIENCE" strace -qq -f -o /dev/null -e trace=flock \
			-e inject="flock:error=$error" gp-hash <in
		same "1 io 2 $(sha256sum <plain | cut -c 1-64) 3 io" "$(jq -r '"\(.id) \(.sha256 // .error.code)"' <<<"$output" | xargs)"
		same "gp-hash: $GP_ARCHIVE: cannot lock .gp/staging: its disk has no file locks (flock): the archive must lie where these work, as on a local disk" "$stderr"
	done
	run -0 --separate-stderr gp-hash <in
}
