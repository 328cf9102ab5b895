#!/usr/bin/env bats
# gp-list dir: what a folder holds, to the letter, and nothing outside of it.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir in
	ROOT=$(realpath in)
}

media() {
	python3 "$TESTS/media-file.py" "$@"
}

# member NAME [FILE]: one member of each record, sorted by path
member() {
	jq -r ".$1" "${2:-list}"
}

# listed: lists in/ into the file list, stderr into said
listed() {
	gp-list dir:in >list 2>said
}

# time_of FILE: "creationTime timeFrom timeZone"
time_of() {
	jq -r --arg f "$1" 'select(.filename == $f)
		| "\(.creationTime) \(.metadata.timeFrom) \(.metadata.timeZone // "-")"' list
}

@test "dir: one record a file, each member as it should be" {
	media jpeg in/IMG_1.jpg --original '2021:06:07 08:09:10' --offset +02:00
	touch -d '2024-05-01 10:20:30.123456789Z' in/IMG_1.jpg
	run --separate-stderr gp-list --album 'Ezra' dir:in
	[ "$status" -eq 0 ]
	same "" "$stderr"
	same "$(jq -nc --arg root "$ROOT" --arg size "$(stat -c %s in/IMG_1.jpg)" '{
		id: "dir:\($root)/./IMG_1.jpg#\($size)-1714558830.123456789",
		source: "dir", album: {id: "Ezra", title: "Ezra"},
		filename: "IMG_1.jpg", mimeType: "image/jpeg",
		width: 640, height: 480, original: "unknown",
		url: "file://\($root)/IMG_1.jpg",
		creationTime: "2021-06-07T06:09:10Z",
		metadata: {timeFrom: "exif"}}' | command jq -cS .)" \
		"$(command jq -cS 'del(.urlTime)' <<<"$output")"
	near "$(jq -r .urlTime <<<"$output")"
}

@test "dir: without --album an item is in no album, and none has an account or a size" {
	echo x >in/a.jpg
	listed
	same '["account",false,"album",false,"size",false]' \
		"$(jq -c '["account", has("account"), "album", has("album"), "size", has("size")]' list)"
}

@test "dir: the whole tree, in an order that stays" {
	mkdir -p in/b/c in/a
	touch in/z in/b/2 in/b/10 in/b/c/x in/a/y in/B
	listed
	same "B a/y b/10 b/2 b/c/x z" \
		"$(member url | sed "s|file://$ROOT/||" | xargs)"
	cp list first
	listed
	same "$(jq -c 'del(.urlTime)' first)" "$(jq -c 'del(.urlTime)' list)"
}

@test "dir: the id changes with path, size and time, and with nothing else" {
	echo one >in/a
	touch -d '2020-01-01Z' in/a
	listed
	first=$(member id)
	touch -a -d '2022-01-01Z' in/a
	chmod 600 in/a
	listed
	same "$first" "$(member id)"
	touch -d '2020-01-01 00:00:00.000000001Z' in/a
	listed
	same "${first%.*}.000000001" "$(member id)"
	echo longer >in/a
	touch -d '2020-01-01Z' in/a
	listed
	[ "$(member id)" != "$first" ]
	gp-list dir:in/. >list
	same 7 "$(member id | sed 's/.*#\([0-9]*\)-.*/\1/')"
}

@test "dir: a folder reached by a link is listed under its real path" {
	touch in/a
	ln -s in alias
	gp-list dir:alias >list
	same "file://$ROOT/a" "$(member url)"
}

@test "dir: links are not followed, in any direction" {
	mkdir out in/sub
	echo secret >out/secret
	ln -s ../out in/folder
	ln -s ../../out/secret in/sub/file
	ln -s ../.. in/sub/up
	ln -s nowhere in/broken
	touch in/own
	run --separate-stderr gp-list -v dir:in
	[ "$status" -eq 0 ]
	same own "$(jq -r .filename <<<"$output")"
	has_not "$output$stderr" secret
	has "$stderr" "$ROOT/folder: left out: a link"
	has "$stderr" "$ROOT/sub/up: left out: a link"
	has "$stderr" "0 hidden or system files and folders, 4 links"
}

@test "dir: hidden files, thumbnails of a NAS and bins are left out, in one line" {
	mkdir -p in/@eaDir in/.@__thumb in/.gp in/#recycle in/sub/@eaDir
	touch in/@eaDir/t.jpg in/.@__thumb/t.jpg in/.gp/index.db \
		in/#recycle/old.jpg in/sub/@eaDir/t.jpg in/.DS_Store in/Thumbs.db \
		in/._IMG.jpg
	echo real >in/sub/real.jpg
	run --separate-stderr gp-list dir:in
	[ "$status" -eq 0 ]
	same real.jpg "$(jq -r .filename <<<"$output")"
	same "gp-list: dir:$ROOT: left out: 8 hidden or system files and folders, 0 links, 0 of other kinds" \
		"$stderr"
}

@test "dir: a pipe, a socket: said, not opened" {
	mkfifo in/fifo
	touch in/a
	run --separate-stderr timeout "$PATIENCE" gp-list -v dir:in
	[ "$status" -eq 0 ]
	same a "$(jq -r .filename <<<"$output")"
	has "$stderr" "$ROOT/fifo: left out: no regular file"
	has "$stderr" "1 of other kinds"
}

@test "dir: names with every byte come back by their address" {
	name=$'a \'"%#?&+\\\t\n\x01-end'
	echo "the bytes" >"in/$name"
	echo >in/$'\xff\xfe.jpg'
	echo >"in/früh.jpg"
	listed
	url=$(jq -r 'select(.filename | endswith("end")).url' list)
	same "the bytes" "$(curl -s "$url")"
	same "$name" "$(jq -r 'select(.filename | endswith("end")).filename' list)"
	same "file://$ROOT/fr%C3%BCh.jpg" \
		"$(jq -r 'select(.filename == "früh.jpg").url' list)"
	same $'\uFFFD\uFFFD.jpg' \
		"$(jq -r 'select(.url | endswith("%FF%FE.jpg")).filename' list)"
	has "$(jq -r 'select(.url | endswith("%FF%FE.jpg")).id' list)" "/./%FF%FE.jpg#1-"
}

@test "dir: a folder that is called like an id's parts makes no second id" {
	mkdir -p 'in/x#1-2.000000003' in/x/.hidden
	touch 'in/x#1-2.000000003/y' 'in/x%23'
	listed
	same 2 "$(member id | sort -u | wc -l)"
	same "x%231-2.000000003/y x%2523" "$(member url | sed "s|file://$ROOT/||" | xargs)"
}

@test "dir: times: EXIF with its offset, of this machine without, of a video, of the file" {
	media jpeg in/offset.jpg --original '2021:06:07 08:09:10' --offset=-05:30
	media jpeg in/zone.jpg --original '2021:06:07 08:09:10'
	media jpeg in/winter.jpg --original '2021:01:07 08:09:10'
	media jpeg in/scanned.jpg --digitized '1999:12:31 23:59:59' --changed '2004:01:01 00:00:00'
	media jpeg in/changed.jpg --changed '2004:01:01 00:00:00'
	media jpeg in/unset.jpg --original '0000:00:00 00:00:00'
	media jpeg in/wrong.jpg --original '2021:02:30 08:09:10'
	media heic in/photo.heic --original '2019:06:07 08:09:10' --offset +09:00
	media mp4 in/video.mp4 --created $((2082844800 + 1600000000))
	media mp4 in/unset.mp4 --created 0
	media jpeg in/none.jpg
	touch -d '2001-02-03 04:05:06Z' in/*
	TZ=CET-1CEST,M3.5.0,M10.5.0/3 listed
	same "2021-06-07T13:39:10Z exif -" "$(time_of offset.jpg)"
	same "2021-06-07T06:09:10Z exif assumed" "$(time_of zone.jpg)"
	same "2021-01-07T07:09:10Z exif assumed" "$(time_of winter.jpg)"
	same "1999-12-31T22:59:59Z exif assumed" "$(time_of scanned.jpg)"
	same "2003-12-31T23:00:00Z exif assumed" "$(time_of changed.jpg)"
	same "2019-06-06T23:09:10Z exif -" "$(time_of photo.heic)"
	same "2020-09-13T12:26:40Z container -" "$(time_of video.mp4)"
	for f in unset.jpg wrong.jpg unset.mp4 none.jpg; do
		same "2001-02-03T04:05:06Z file -" "$(time_of "$f")" "$f"
	done
}

@test "dir: EXIF behind long segments, an item far into a HEIC, a movie header first" {
	media jpeg in/a.jpg --original '2021:06:07 08:09:10' --offset Z --pad 3
	media heic in/b.heic --original '2021:06:07 08:09:10' --offset Z --at 900000
	media mp4 in/c.mp4 --created $((2082844800 + 1600000000)) --moov first
	listed
	same "2021-06-07T08:09:10Z exif -" "$(time_of a.jpg)"
	same "2021-06-07T08:09:10Z exif -" "$(time_of b.heic)"
	same "2020-09-13T12:26:40Z container -" "$(time_of c.mp4)"
}

@test "dir: pixels from the picture itself" {
	media jpeg in/a.jpg --size 4032x3024
	media heic in/b.heic --size 3000x2000 --original '2021:06:07 08:09:10'
	media mp4 in/c.mp4 --size 1920x1080
	printf 'GIF89a\200\002\340\001rest' >in/d.gif
	echo text >in/e.jpg
	listed
	same "a.jpg 4032x3024 b.heic 3000x2000 c.mp4 1920x1080 d.gif 640x480 e.jpg nullxnull" \
		"$(jq -r '"\(.filename) \(.width)x\(.height)"' list | xargs)"
}

@test "dir: the kind is told by bytes, then by name, else left out" {
	media jpeg in/jpeg.png
	media heic in/heic.jpg --original '2021:06:07 08:09:10'
	media mp4 in/noname
	printf 'II*\0\10\0\0\0' >in/raw.dng
	printf '\x89PNG\r\n\x1a\n' >in/p
	printf 'RIFF....WEBPVP8 ' >in/w
	printf 'RIFF....AVI LIST' >in/v
	echo text >in/IMG.MTS
	echo '{}' >in/IMG.jpg.json
	echo text >in/readme
	listed
	same "IMG.MTS video/mp2t
IMG.jpg.json application/json
heic.jpg image/heic
jpeg.png image/jpeg
noname video/mp4
p image/png
raw.dng image/x-adobe-dng
readme null
v video/x-msvideo
w image/webp" "$(jq -r '"\(.filename) \(.mimeType)"' list)"
}

@test "dir: what can't be read is a failed record, said, and the rest is listed" {
	[ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null || skip "needs setpriv"
	mkdir in/locked
	touch in/a in/no in/locked/hidden in/z
	chmod 000 in/no in/locked
	as=()
	if [ "$(id -u)" -eq 0 ]; then # root may read everything
		chmod 755 "$BATS_TEST_TMPDIR" in
		as=(setpriv --bounding-set -all --inh-caps -all)
		"${as[@]}" test -x "$GP_BIN/gp-list" -a -x in || skip "needs folders that anybody may enter"
	fi
	run --separate-stderr "${as[@]}" gp-list dir:in
	chmod 755 in/locked
	[ "$status" -eq 1 ]
	same "a null
locked unreadable
no unreadable
z null" "$(jq -r '"\(.filename) \(.error.code)"' <<<"$output")"
	has "$stderr" "$ROOT/no: Permission denied"
	has "$stderr" "$ROOT/locked: Permission denied"
	has "$(jq -r .id <<<"$output")" "dir:$ROOT/./locked/"
}

@test "dir: a folder that breaks off in the middle is a failed record" {
	local n
	mkdir in/folder
	touch in/a in/folder/b in/z
	for n in 1 2; do
		ASAN_OPTIONS=$NO_LEAKS run -1 --separate-stderr strace -f -o /dev/null -P "$ROOT/folder" \
			-e trace=getdents64 -e inject="getdents64:error=EIO:when=$n" gp-list dir:in
		same 'a null folder unreadable z null' \
			"$(jq -r 'select(.filename != "b") | "\(.filename) \(.error.code)"' <<<"$output" | xargs)"
		has "$stderr" "$ROOT/folder: Input/output error"
	done
}

@test "dir: a read error within a file is a failed record" {
	media jpeg in/bad.jpg
	echo >in/good.jpg
	ASAN_OPTIONS=$NO_LEAKS run --separate-stderr strace -f -o /dev/null -P "$ROOT/bad.jpg" \
		-e trace=pread64 -e inject=pread64:error=EIO gp-list dir:in
	[ "$status" -eq 1 ]
	same "bad.jpg unreadable good.jpg null" \
		"$(jq -r '"\(.filename) \(.error.code)"' <<<"$output" | xargs)"
	has "$stderr" "$ROOT/bad.jpg: Input/output error"
}

@test "dir: no such folder, or a file, is exit 2 with the reason" {
	touch in/file
	run --separate-stderr gp-list dir:nowhere
	[ "$status" -eq 2 ]
	same "" "$output"
	has "$stderr" "dir:nowhere: No such file or directory"
	run --separate-stderr gp-list dir:in/file
	[ "$status" -eq 2 ]
	has "$stderr" "dir:in/file: Not a directory"
}

@test "dir: an empty folder is exit 2 unless --allow-empty" {
	mkdir in/sub
	run --separate-stderr gp-list dir:in
	[ "$status" -eq 2 ]
	same "" "$output"
	[ -n "$stderr" ]
	run --separate-stderr gp-list --allow-empty dir:in
	[ "$status" -eq 0 ]
}

@test "dir: --limit stops there; two folders are listed one after the other" {
	mkdir two
	touch in/a in/b in/c two/d
	gp-list --limit 2 dir:in >list
	same "a b" "$(member filename | xargs)"
	gp-list dir:in dir:two >list
	same "a b c d" "$(member filename | xargs)"
}

@test "dir: folders in folders beyond any sense end in a failed record" {
	python3 - <<-'X'
		import os
		os.chdir("in")
		for _ in range(300):
		    os.mkdir("d")
		    os.chdir("d")
	X
	run --separate-stderr gp-list dir:in
	[ "$status" -eq 1 ]
	has "$stderr" "too many folders in one another"
}

@test "dir: sources are never written to, not even below" {
	media jpeg in/a.jpg
	mkdir in/sub
	touch in/sub/b
	find in -printf '%p %s %T@ %C@ %m\n' | sort >before
	listed
	find in -printf '%p %s %T@ %C@ %m\n' | sort >after
	same "$(cat before)" "$(cat after)"
	# nor opened for it
	ASAN_OPTIONS=$NO_LEAKS strace -f -qq -e trace=open,openat -o calls gp-list dir:in >list
	[ "$(grep -c '"a\.jpg"' calls)" -gt 0 ]
	same "" "$(grep -E '"(a\.jpg|b|sub|in)"' calls | grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC)' || true)"
}

@test "dir: damaged files of every kind are listed, with the file's own time" {
	media jpeg whole.jpg --original '2021:06:07 08:09:10' --offset Z
	media heic whole.heic --original '2021:06:07 08:09:10' --offset Z --at 600
	for kind in jpg heic; do
		size=$(stat -c %s "whole.$kind")
		for ((n = 1; n < size; n += 7)); do
			head -c "$n" "whole.$kind" >"in/$n.$kind"
		done
	done
	listed
	same "$(find in -type f | wc -l)" "$(wc -l <list)"
	same "" "$(jq -r 'select(.error).id' list)"
	same "exif
file" "$(jq -r .metadata.timeFrom list | sort -u)"
}
