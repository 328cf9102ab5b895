#!/usr/bin/env bats
# Copies, and what comes back from them, on a disk that is full at any point of the
# work. See full-disk.bats.
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load full-disk

setup() {
	full_disk_setup
	export RCLONE_CONFIG=$PWD/rclone.conf
	: >"$RCLONE_CONFIG"
	copy=$PWD/copy
}

# copy_of_base: a copy of what older() makes, in copy/
copy_of_base() {
	[ ! -d copy ] || return 0
	GP_ARCHIVE=$PWD/first older
	GP_ARCHIVE=$PWD/base gp-replicate "$copy" >/dev/null
}

# much_room: what asks how much room there is, before it begins, is told of much:
# the disk that fills up only later, by whoever else writes there, is the one to
# look at
much_room() {
	mkdir -p bin
	cat >bin/df <<-'END'
		#!/bin/sh
		case " $* " in
		*" --output=avail "*) printf 'Avail\n9000000000000\n' ;;
		*) printf 'Filesystem 1-blocks Used Available Capacity Mounted\nnone 9 1 9000000000000 1%% /\n' ;;
		esac
	END
	chmod +x bin/df
	PATH=$PWD/bin:$PATH
}

back_ready() {
	copy_of_base
	rm -f restored
}
# what is restored is no empty folder any more
back_work() {
	[ ! -e restored ] || return 0
	limited gp-restore --from "$copy" --to "$small/to" && touch restored
}
# under its name there is the whole photo or none
back_kept() {
	local photo
	for photo in "$small"/to/*/*.jpg; do
		[ ! -e "$photo" ] || cmp "$photo" "$copy/${photo#"$small"/to/}" || return
	done
}
back_whole() { all_photos; }

@test "gp-restore to a full disk" {
	long_only
	GP_ARCHIVE=$small/to need=350
	much_room
	passes 2 10 back
}

# a disc of what older() makes, in disc/; the archive is gone
disc_ready() {
	[ -d disc ] || {
		GP_ARCHIVE=$PWD/first older
		(
			export GP_ARCHIVE=$PWD/base
			gp-index --export | gp-pack --flush --label GP --parity 0 --capacity 20M |
				gp-index --packed >/dev/null
		)
		mv base/burn/GP-0001 disc
	}
	rm -f restored
}
disc_work() {
	[ ! -e restored ] || return 0
	GP_ARCHIVE=$PWD/nothing limited gp-restore --from "$PWD/disc" --to "$small/to" && touch restored
}
# a disk that is full says nothing of the disc
disc_kept() {
	local photo
	! grep 'no index' said || return
	for photo in "$small"/to/*/*.jpg; do
		[ ! -e "$photo" ] || cmp "$photo" "base/${photo#"$small"/to/}" || return
	done
}
disc_whole() {
	(cd "$small/to" && find . -type f | LC_ALL=C sort && sha256sum -c --quiet --strict) <old.sums 2>&1
}

@test "gp-restore from a disc to a full disk" {
	long_only
	GP_ARCHIVE=$small/to need=350
	much_room
	passes 2 10 disc
}

scrub_ready() {
	copy_of_base
	older
	rm "$GP_ARCHIVE"/ezra-*/old2.jpg
	noise spoiled 30000 >"$(echo "$GP_ARCHIVE"/ezra-*/old3.jpg)"
}
scrub_work() { limited gp-scrub --heal nas; }
# that the archive is full says nothing of the copy, which is whole
scrub_kept() {
	(cd "$GP_ARCHIVE" && grep old1 | sha256sum -c --quiet --strict) <old.sums || return
	! grep 'NO GOOD COPY' said
}
scrub_whole() {
	(cd "$GP_ARCHIVE" && sha256sum -c --quiet --strict 2>&1) <old.sums
	# what is in quarantine bears a time
	all_photos | sed 's|^\(\./\.gp/quarantine/.*\)-[0-9]*$|\1|'
}

@test "gp-scrub --heal, the archive on a full disk" {
	long_only
	export GP_REMOTES=$copy
	GP_ARCHIVE=$small/archive need=250
	passes 2 10 scrub
}

# a copy in $to
nas_ready() {
	rm -rf "$to"
	older
}
nas_work() { limited gp-replicate "$to"; }
# what the index takes for proved there is there
nas_kept() {
	old_photos || return
	proved_there || return
	while IFS= read -r path; do cmp "$GP_ARCHIVE/$path" "$to/$path" || return; done <proved
}
nas_whole() {
	# a snapshot's name bears a time, and its sum
	(cd "$to" && find . -type f | sed 's|/index-[^/]*$|/index|' | LC_ALL=C sort -u &&
		cd .gp/snapshots && sha256sum -c --quiet --strict newest) 2>&1
	(cd "$to" && sha256sum -c --quiet --strict 2>&1) <old.sums
	proved_there
	cat proved
	all_photos | grep -v '\.gp/snapshots/index-'
}

# proved_there: in proved the paths that the index takes for proved in $to; who can't
# ask it for want of room says so
proved_there() {
	: >proved
	gp-index --export >exported 2>export.err || { grep -qi -e space -e full export.err && return 0; }
	jq -r --arg copy "$to" 'select(.copies[$copy]) | .path' exported >proved
}

@test "gp-replicate to a folder on a full disk" {
	long_only
	local GP_ARCHIVE=$PWD/archive need=120 to=$small/copy
	passes 2 10 nas
}

@test "gp-replicate to a folder, the archive on a full disk" {
	long_only
	local to=$PWD/elsewhere need=100
	GP_ARCHIVE=$small/archive
	passes 2 10 nas
}

# index_apart: the index, which needs most, lies elsewhere
index_apart() {
	rm -f "$GP_INDEX"*
	mv "$GP_ARCHIVE/.gp/index.db" "$GP_INDEX"
}

apart_ready() {
	nas_ready
	index_apart
}
apart_work() { nas_work; }
apart_kept() { nas_kept; }
apart_whole() { nas_whole; }

@test "gp-replicate to a folder, the archive but not its index on a full disk" {
	long_only
	local to=$PWD/elsewhere need=24
	export GP_INDEX=$PWD/index.db
	GP_ARCHIVE=$small/archive
	passes 2 10 apart
}

heal_ready() {
	[ -d sound ] || {
		GP_ARCHIVE=$PWD/first older
		GP_ARCHIVE=$PWD/base gp-replicate "$to" >/dev/null
		cp -a "$to" sound
	}
	older
	rm -rf "$to"
	cp -a sound "$to"
	rm "$to"/ezra-*/old2.jpg
	noise bad "${bad_bytes:-30000}" >spoiled
	cp spoiled "$(echo "$to"/ezra-*/old3.jpg)"
}
heal_work() { limited gp-scrub --heal "$to"; }
# a photo of the copy that was good still is; another is good, as it was, or the beginning
# of a good one, as rclone leaves it, which counts as bad; what was bad is kept
heal_kept() { nas_kept && bad_kept; }
bad_kept() {
	local photo
	! grep 'NO GOOD COPY' said || return
	cmp sound/ezra-*/old1.jpg "$to"/ezra-*/old1.jpg || return
	for photo in "$to"/ezra-*/*.jpg; do
		cmp -s spoiled "$photo" || cmp -n "$(stat -c %s "$photo")" "sound/${photo#"$to"/}" "$photo" || return
	done
	cmp -s spoiled "$to"/ezra-*/old3.jpg || find "$GP_ARCHIVE/.gp/quarantine" -name old3.jpg -exec cmp -s spoiled {} \; -print | grep -q .
}
heal_whole() { nas_whole | grep -v '\.gp/quarantine/'; }

@test "gp-scrub --heal, the copy on a full disk" {
	long_only
	local need=60 to=$small/copy
	GP_ARCHIVE=$PWD/archive
	passes 2 10 heal
}

# where there was no room to note that a photo is gone, the index still has its proof
aside_ready() { heal_ready; }
aside_work() { heal_work; }
aside_kept() { old_photos && bad_kept; }
aside_whole() { heal_whole; }

@test "gp-scrub --heal of a copy, the archive on a full disk" {
	long_only
	local need=400 to=$PWD/elsewhere bad_bytes=300000
	GP_ARCHIVE=$small/archive
	passes 2 10 aside
}

# what is restored lies elsewhere; the list of earlier drills ends near the end of a block
drill_ready() {
	copy_of_base
	older
	mkdir -p elsewhere
	ln -s "$PWD/elsewhere" "$GP_ARCHIVE/.gp/drill"
	printf '{"copy":"old","result":"failed","time":"%3994s"}\n' 2020 >"$GP_ARCHIVE/.gp/drills.ndjson"
}
drill_work() { limited gp-drill --from "$to"; }
drill_kept() {
	! grep 'NOT restored' said || return
	nas_kept || return
	[ ! -s exported ] || same 3 "$(wc -l <proved)"
}
# the good drill is written down, and nobody asks for another
drill_whole() {
	all_photos
	proved_there
	cat proved
	gp-drill --due --from "$to" 2>&1
	head -n 1 "$GP_ARCHIVE/.gp/drills.ndjson"
}

@test "gp-drill, the archive on a full disk" {
	long_only
	local need=60 to=$copy
	GP_ARCHIVE=$small/archive
	passes 2 10 drill
}

note_ready() {
	drill_ready
	index_apart
}
note_work() { drill_work; }
note_kept() { drill_kept; }
note_whole() { drill_whole; }

@test "gp-drill, the archive but not its index on a full disk" {
	long_only
	local need=4 to=$copy
	copy_of_base
	export GP_INDEX=$PWD/index.db
	GP_ARCHIVE=$small/archive
	passes 2 10 note
}

real_ready() {
	copy_of_base
	older
}
real_work() { limited gp-drill --for-real --from "$to"; }
# the photo that was taken out is back
real_kept() {
	! grep unbound said || return
	nas_kept || return
	[ ! -s exported ] || same 3 "$(wc -l <proved)"
}
real_whole() {
	all_photos
	proved_there
	cat proved
}

@test "gp-drill --for-real on a full disk: the photo is back" {
	long_only
	local need=100 to=$copy
	GP_ARCHIVE=$small/archive
	passes 2 10 real
}

# an export of two parts, which the remote has for ever
pull_ready() {
	older
	rm -rf "$GP_ARCHIVE/.gp/takeout-pull"
	[ ! -d drive ] || return 0
	mkdir drive
	for i in 1 2 3 4 5 6; do
		echo "$((i % 2 + 1)) Ezra/new$i.jpg = @src/new$i.jpg"
		echo "1 Ezra/new$i.jpg.supplemental-metadata.json = photo new$i.jpg $((1714559230 + i)) AF1$i"
	done | python3 "$TESTS/takeout-parts.py" zip drive "$(date -u +%Y%m%dT%H%M%SZ)"
}
pull_work() { limited gp-takeout-pull; }
# a part has its name only when it is whole
pull_kept() {
	local part
	old_photos || return
	for part in "$GP_ARCHIVE"/.gp/exports/takeout-*; do
		[ ! -e "$part" ] || cmp "$part" "drive/${part##*/}" || return
	done
}
pull_whole() {
	all_photos
	(cd "$GP_ARCHIVE/.gp/exports" && sha256sum takeout-*)
	LC_ALL=C sort "$GP_ARCHIVE/.gp/takeout-pull/pulled"
}

@test "gp-takeout-pull, the archive on a full disk" {
	long_only
	printf '[drive]\ntype = alias\nremote = %s\n' "$PWD/drive" >rclone.conf
	export GP_TAKEOUT_REMOTE=drive: GP_TAKEOUT_KEEP=yes GP_TAKEOUT_DELETE_AFTER=never
	GP_ARCHIVE=$small/archive need=560
	much_room
	passes 2 10 pull
}

@test "gp-drill with no room to restore to: that is said, and nothing against the copy" {
	long_only
	local kib
	copy_of_base
	much_room
	export GP_ARCHIVE=$PWD/base
	mkdir -p base/.gp/drill
	for kib in 0 5 10 15 20 25 30 40 50 60; do
		disk_new 4096
		mount --bind small base/.gp/drill || skip "needs the right to mount"
		leave "$kib"
		run limited gp-drill --from "$copy"
		umount base/.gp/drill
		same 1 "$status" "$kib KiB: $output"
		has "$output" "no space left"
		has_not "$output" "NOT restored"
	done
	has "$output" "no space left for what $copy has: make room"
	run -0 gp-drill --from "$copy"
}

rescue_ready() {
	[ -s disc.iso ] || {
		GP_ARCHIVE=$PWD/first older
		(
			export GP_ARCHIVE=$PWD/base
			gp-index --export | gp-pack --flush --label GP --parity 20 --capacity 20M |
				gp-index --packed >/dev/null
		)
		mv base/burn/GP-0001.iso disc.iso
	}
	rm -f rescued
}
rescue_work() {
	[ ! -e rescued ] || return 0
	GP_ARCHIVE=$PWD/nothing limited gp-disc rescue disc.iso "$small/to" && touch rescued
}
# what was cut short for want of room is no damage of the disc
rescue_kept() { ! grep -e LOST -e damaged -e lost said; }
rescue_whole() {
	(cd "$small/to" && find . -type f | LC_ALL=C sort && sha256sum -c --quiet --strict manifest-sha256.txt) 2>&1
}

@test "gp-disc rescue to a full disk: no photo is called lost for that" {
	long_only
	local DISK=64 need
	rescue_ready
	need=$(($(stat -c %s disc.iso) * 2 / 1024))
	passes 2 10 rescue
}

@test "gp-disc rescue whose disk is full once the disc was read: no photo is called lost for that" {
	local DISK=64 spare told=''
	# what is left to others: nothing, too little for the lists, or for the photos
	for spare in 0 40 150; do
		disk_new 4096
		rescue_ready
		mkdir -p shim
		printf '#!/bin/sh\n%q "$@" || exit\ncat /dev/zero >%q 2>/dev/null\ntruncate -s -%sK %q\nexit 0\n' \
			"$(command -v ddrescue)" "$PWD/small/filler" "$spare" "$PWD/small/filler" >shim/ddrescue
		chmod +x shim/ddrescue
		PATH=$PWD/shim:$PATH run rescue_work
		echo "$spare: $status $output"
		[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
		grep -qi 'no space left' <<<"$output"
		told+=$output
		run ! grep -e LOST -e damaged -e lost <<<"$output"
		rm -r small/filler shim
		rescue_work >said 2>&1
		rescue_whole >/dev/null
	done
	has "$told" "no space left: make room, then run this again"
}
