# What the tests of copies share: a small archive, stores that are folders,
# and an rclone that goes wrong where it is told to.
# shellcheck shell=bash

copies_setup() {
	common_setup
	PATH=$GP_BIN:$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	export RCLONE_CONFIG=$BATS_TEST_TMPDIR/rclone.conf
	export RCLONE_TIMEOUT=${PATIENCE}s RCLONE_CONTIMEOUT=${PATIENCE}s
	: >"$RCLONE_CONFIG"
	RCLONE=$GP_RCLONE
	one=$BATS_TEST_TMPDIR/one two=$BATS_TEST_TMPDIR/two
	quarter=$(this_quarter)
	folder=ezra-$quarter
	index=$GP_ARCHIVE/.gp/index.db
}

# store_dir FOLDER [ALBUM]: what is in it becomes part of the archive
store_dir() {
	gp-list --album "${2:-Ezra}" "dir:$1" | gp-index --new | gp-fetch | gp-hash |
		gp-index --record >stored.ndjson
}

# archive_make N: N photos, photo-1.jpg to photo-N.jpg, of different sizes
archive_make() {
	local i
	mkdir -p src
	for ((i = 1; i <= $1; i++)); do
		printf 'photo %s %*s' "$i" $((i * 10)) '' >"src/photo-$i.jpg"
	done
	store_dir src
}

# same_files FOLDER: whether all photos are in FOLDER as in the archive
same_files() {
	local sums
	sums=$(cd "$GP_ARCHIVE/$folder" && sha256sum ./*.jpg) || return
	same "$sums" "$(cd "$1/$folder" && sha256sum ./*.jpg)" "$1"
}

# flip FILE: one bit of its middle, at equal size and time
flip() {
	local at time
	time=$(stat -c %y "$1")
	at=$(($(stat -c %s "$1") / 2))
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %03o $(($(od -An -tu1 -j "$at" -N1 "$1") ^ 1)))" |
		dd of="$1" bs=1 seek="$at" conv=notrunc status=none
	touch -d "$time" "$1"
}

# rclone_with TEXT: from now on an rclone that runs the shell text TEXT, which
# may change its arguments, or go on after it as `real "$@"`
rclone_with() {
	mkdir -p shim
	cat >shim/rclone <<-END
		#!/usr/bin/env bash
		real() { $RCLONE "\$@"; }
		verb=" \$* "
		$1
		exec $RCLONE "\$@"
	END
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH
}

# crypt_config NAME FOLDER: an encrypted remote NAME: in FOLDER
crypt_config() {
	cat >>"$RCLONE_CONFIG" <<-END
		[$1]
		type = crypt
		remote = $2
		password = $(rclone obscure correct-horse)
	END
}
