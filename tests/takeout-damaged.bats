#!/usr/bin/env bats
# gp-list takeout: one byte is wrong in a part, or its end is missing: each time
# said, and nothing of that part passes for an original.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

PART=takeout-20260301T040000Z

# export_of KIND: two parts of photos that do not pack, with sidecars
export_of() {
	rm -rf in "$GP_ARCHIVE/.gp/listings"
	python3 "$TESTS/takeout-parts.py" "$1" in 20260301T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = @$DATA/album/IMG_0001.jpg
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/IMG_2.jpg = @$DATA/album/IMG_0002.jpg
		1 Ezra/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 B
		2 Ezra/IMG_3.jpg = @$DATA/more/IMG_0008.jpg
		2 Ezra/IMG_3.jpg.json = photo IMG_3.jpg 1577836802 C
	END
	cp "in/$PART-001.$1" whole
}

# old KIND: part 1 came yesterday: one that came just now is looked at again after a
# second, for it may still grow
old() {
	touch -d yesterday "in/$PART-001.$1"
}

# flip KIND AT: part 1, an old one, with another byte at AT (a number; below 0 from
# its end)
flip() {
	python3 - "$2" "in/$PART-001.$1" <<-'END'
		import sys
		data = bytearray(open("whole", "rb").read())
		data[int(sys.argv[1])] ^= 0x20
		open(sys.argv[2], "wb").write(data)
	END
	old "$1"
}

# said KIND WHAT: part 1 is named, exit 1, and none of it is called an
# original; part 2 is as ever
said() {
	local status=0
	gp-list takeout:in >list 2>err || status=$?
	same 1 "$status" "exit status: $2" || { cat err; return 1; }
	has "$(cat err)" "$PART-001.$1 of $PART: "
	same "IMG_3.jpg" "$(jq -r 'select(.original == "yes").filename' list)" "$2"
	same "$PART-001.$1" "$(jq -r 'select(has("error")).id' list |
		grep -o "$PART-001.$1" | sort -u)" "$2"
}

@test "takeout damaged: one byte in any region of a tgz: said, and no photo of the part is an original" {
	local byte size at
	export_of tgz
	size=$(stat -c %s whole)
	# its magic, how it is packed, what follows; the packed bytes; its sum and length
	for at in 0 1 2 3 60 $((size / 2)) -20 -8 -4 -1; do
		flip tgz "$at"
		said tgz "byte $at"
	done
	# not packed at all: nothing but the sum at the end shows it
	gzip -dc whole >tar
	for byte in 512 3000; do
		python3 - "$byte" "in/$PART-001.tgz" <<-'END'
			import gzip, sys
			tar = open("tar", "rb").read()
			at = tar.index(b"\xff\xd8\xff") + int(sys.argv[1])
			wrong = bytearray(gzip.compress(tar, 0))
			# a stored block has a head of 5 bytes; whichever byte, it is no head's
			wrong[wrong.index(tar[at:at + 16])] ^= 0x20
			open(sys.argv[2], "wb").write(wrong)
		END
		old tgz
		said tgz "stored byte $byte"
		same "IMG_1.jpg IMG_2.jpg" \
			"$(jq -r 'select(.original == "unknown").filename' list | sort | xargs)"
		has "$(cat err)" "its bytes are damaged; 5 members before that are listed, but can't be vouched for"
	done
}

@test "takeout damaged: of a tgz that was cut anywhere what lies before is listed, none of it as an original" {
	local size cut names seen=0
	export_of tgz
	size=$(stat -c %s whole)
	for cut in 5 $((size / 3)) $((size * 4 / 5)) $((size - 8)) $((size - 1)); do
		head -c "$cut" whole >"in/$PART-001.tgz"
		old tgz
		said tgz "cut at $cut"
		names=$(jq -r 'select(.original == "unknown").filename' list | wc -l)
		[ "$names" -ge "$seen" ] || fail "cut at $cut: $names, before it were $seen"
		seen=$names
	done
	same 2 "$seen"
}

@test "takeout damaged: one byte in a zip's heads, directory or end: said, and no photo of the part is an original" {
	local at
	export_of zip
	python3 - >places <<-'END'
		import zipfile
		z = zipfile.ZipFile("whole")
		end = len(open("whole", "rb").read()) - 22
		m = z.infolist()[-1]
		# magic, packing, sum, size, name
		for at in (0, 8, 14, 22, 40):
		    print(m.header_offset + at)
		# the same and where the member is
		for at in (0, 16, 24, 42, 60):
		    print(z.start_dir + at)
		# magic, members, size and place of the directory
		for at in (0, 10, 12, 16):
		    print(end + at)
	END
	while IFS= read -r at; do
		flip zip "$at"
		said zip "byte $at"
	done < <(tr ' ' '\n' <places)
}

@test "takeout damaged: one byte of what a zip says a member is: no photo is lost, and a sidecar that it hides is named" {
	local at name
	export_of zip
	python3 - >places <<-'END'
		import zipfile
		data = bytearray(open("whole", "rb").read())
		at = zipfile.ZipFile("whole").start_dir
		while data[at:at + 4] == b"PK\1\2":
		    name, extra, words = (int.from_bytes(data[at + i:at + i + 2], "little") for i in (28, 30, 32))
		    # a file, of which another byte makes a link
		    data[at + 38:at + 42] = b"\0\0\x80\x81"
		    print(at + 41, data[at + 46:at + 46 + name].decode())
		    at += 46 + name + extra + words
		open("whole", "wb").write(data)
	END
	same 5 "$(wc -l <places)"
	while read -r at name; do
		flip zip "$at"
		gp-list takeout:in >list 2>err
		same "IMG_1.jpg IMG_2.jpg IMG_3.jpg" "$(jq -r 'select(.original == "yes").filename' list | sort | xargs)" "$name"
		[[ $name == *.jpg ]] || has "$(cat err)" "$name: left out: a link"
	done <places
}

@test "takeout damaged: a zip that was packed on the fly is whole, and its sums behind the bytes are looked at" {
	export_of zip
	python3 - "in/$PART-001.zip" <<-'END'
		import sys, zipfile
		class Pipe: # no going back: sums and sizes are written behind the bytes
		    def __init__(self, f): self.f = f
		    def write(self, data): return self.f.write(data)
		    def flush(self): self.f.flush()
		old = zipfile.ZipFile("whole")
		with open(sys.argv[1], "wb") as f, zipfile.ZipFile(Pipe(f), "w", zipfile.ZIP_DEFLATED) as new:
		    for m in old.infolist():
		        new.writestr(m.filename, old.read(m))
		data = open(sys.argv[1], "rb").read()
		behind, start = data.rindex(b"PK\7\10"), zipfile.ZipFile(sys.argv[1]).start_dir
		# the sum, and both sizes, of which a wrong one would make another member of it
		print(behind + 5, behind + 9, behind + 13, start + 16, start + 20, start + 24, start + 27, file=open("places", "w"))
	END
	cp "in/$PART-001.zip" whole
	gp-list takeout:in >list
	same 3 "$(grep -c '"original":"yes"' list)"
	while IFS= read -r at; do
		flip zip "$at"
		said zip "byte $at"
	done < <(tr ' ' '\n' <places)
}

# rests: how often gp-list waits a second for a part that may grow, at noon
rests() {
	frozen '2026-05-01 12:00:00' strace -qq -f -o calls -e trace=nanosleep,clock_nanosleep gp-list takeout:in >list 2>err ||
		[ $? -eq 1 ]
	has "$(cat err)" "$PART-001.tgz of $PART: "
	grep -c 'tv_sec=1,' calls || true
}

# bats test_tags=unsanitized
@test "takeout damaged: a part that came just now is looked at again after a second, an old one is not" {
	export_of tgz
	truncate -s -1 "in/$PART-001.tgz"
	touch -d "2026-05-01 11:59:30" "in/$PART-001.tgz"
	[ "$(rests)" -gt 0 ]
	# one of a machine whose clock is ahead
	touch -d "2026-05-03 12:00:00" "in/$PART-001.tgz"
	[ "$(rests)" -gt 0 ]
	touch -d "2026-05-01 10:00:00" "in/$PART-001.tgz"
	same 0 "$(rests)"
}

# dated WHERE STAMP [SPOILED]: an export of one photo, whose sidecar's time has another digit
# where it is spoiled: nothing but the sum at the end shows it
dated() {
	python3 "$TESTS/takeout-parts.py" tgz "$1" "$2" <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = @$DATA/album/IMG_0001.jpg
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	[ -z "${3:-}" ] || python3 - "$1/takeout-$2-001.tgz" <<-'END'
		import gzip, sys
		tar = gzip.open(sys.argv[1]).read()
		wrong = bytearray(gzip.compress(tar, 0))
		wrong[wrong.index(b"1577836800") + 3] ^= 1
		open(sys.argv[1], "wb").write(wrong)
	END
	touch -d yesterday "$1"/takeout-*
}

@test "takeout damaged: what a damaged part says of a photo gives way to what a whole one says, whichever comes first" {
	local order which
	dated good 20260301T040000Z
	dated bad 20260401T040000Z spoiled
	dated worse 20260501T040000Z spoiled
	python3 - worse/takeout-* <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], "rb").read())
		data[data.index(b"1576836800") + 9] ^= 1
		open(sys.argv[1], "wb").write(data)
	END
	for order in "good bad" "bad good" "good bad good bad"; do
		archive_new
		for which in $order; do
			gp-list "takeout:$which" 2>/dev/null | gp-index --new | gp-fetch | gp-hash | gp-index --record >stored ||
				[ "$which" = bad ]
		done
		same "yes 2020-01-01T00:00:00Z" "$(gp-index --export | jq -r '"\(.original) \(.creationTime)"')" "$order"
		same 1 "$(gp-index --stats | jq .files)"
		same "$(date -d @1577836800)" "$(date -r "$(find "$GP_ARCHIVE" -name 'IMG_1.jpg')")"
	done
	# of two damaged ones the later, also when both are listed again
	archive_new
	for which in worse bad worse bad; do
		gp-list "takeout:$which" 2>/dev/null | gp-index --new | gp-fetch | gp-hash | gp-index --record >stored || true
		same "unknown 2019-12-20T10:13:21Z" "$(gp-index --export | jq -r '"\(.original) \(.creationTime)"')" "$which"
	done
}

@test "takeout damaged: a sidecar in a damaged part, its photo in a whole one: a good copy of the part corrects it" {
	# dated_apart DIGIT [WHEN]: the digit of the sidecar's time that is spoiled, if any
	dated_apart() {
		rm -rf in
		python3 "$TESTS/takeout-parts.py" tgz in 20260301T040000Z <<-END
			1 Ezra/metadata.json = album Ezra
			1 Ezra/IMG_1.jpg = @$DATA/album/IMG_0001.jpg
			2 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		END
		[ -z "${1:-}" ] || python3 - "$1" in/takeout-*-002.tgz <<-'END'
			import gzip, sys
			tar = gzip.open(sys.argv[2]).read()
			wrong = bytearray(gzip.compress(tar, 0))
			wrong[wrong.index(b"1577836800") + int(sys.argv[1])] ^= 1
			open(sys.argv[2], "wb").write(wrong)
		END
		touch -d "${2:-yesterday}" in/takeout-*
	}
	local digit
	for digit in 3 9; do
		archive_new
		dated_apart "$digit"
		run -1 --separate-stderr bash -o pipefail -c 'gp-list takeout:in | gp-index --new | gp-fetch | gp-hash | gp-index --record'
		same "yes true" "$(gp-index --export | jq -r '"\(.original) \(.metadata.gp.unproved)"')"
		dated_apart "" "2 days ago"
		gp-list takeout:in | gp-index --new | gp-fetch | gp-hash | gp-index --record >stored
		same "yes 2020-01-01T00:00:00Z null" "$(gp-index --export | jq -r '"\(.original) \(.creationTime) \(.metadata.gp)"')" "$digit"
		same 1 "$(gp-index --stats | jq .files)"
		# and it does not come back
		dated_apart "$digit"
		gp-list takeout:in 2>/dev/null | gp-index --new >news || true
		same 2020-01-01T00:00:00Z "$(gp-index --export | jq -r .creationTime)" "$digit"
	done
}

@test "takeout damaged: the same sidecar in a whole part too: what it says counts" {
	python3 "$TESTS/takeout-parts.py" tgz in 20260301T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = @$DATA/album/IMG_0001.jpg
		2 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		3 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	# its sum at the end
	python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(-5, 2); b = f.read(1); f.seek(-5, 2); f.write(bytes([b[0] ^ 1]))' \
		in/takeout-20260301T040000Z-002.tgz
	run -1 --separate-stderr gp-list takeout:in
	has "$stderr" "its bytes are damaged"
	same "yes null" "$(jq -r 'select(.original) | "\(.original) \(.metadata.gp)"' <<<"$output")"
	rm in/takeout-20260301T040000Z-003.tgz
	run -1 --separate-stderr gp-list takeout:in
	same "yes true" "$(jq -r 'select(.original) | "\(.original) \(.metadata.gp.unproved)"' <<<"$output")"
}

@test "takeout damaged: a good copy of the part comes: what was damaged gives way, what was whole is an original" {
	export_of tgz
	python3 - "in/$PART-001.tgz" <<-'END'
		import gzip, sys
		tar = bytearray(gzip.open("whole").read())
		wrong = bytearray(gzip.compress(bytes(tar), 0))
		wrong[wrong.index(b"\xff\xd8\xff") + 300] ^= 0x20
		open(sys.argv[1], "wb").write(wrong)
	END
	run -1 bash -o pipefail -c 'gp-list takeout:in | gp-index --new | gp-fetch | gp-hash | gp-index --record'
	same "unknown unknown yes" "$(gp-index --export | jq -r .original | sort | xargs)"
	cp whole "in/$PART-001.tgz"
	gp-list takeout:in | gp-index --new | gp-fetch | gp-hash | gp-index --record >stored
	same "IMG_1.jpg" "$(jq -r .filename stored)"
	same "unknown yes yes yes" "$(gp-index --export | jq -r .original | sort | xargs)"
	same "IMG_1.jpg unknown" "$(gp-index --export | jq -r 'select(.supersededBy) | .filename + " " + .original')"
	same 3 "$(gp-index --stats | jq .files)"
	gp-index --check
}

@test "takeout damaged: a part that was downloaded again is read again, though size and time are the same" {
	export_of zip
	flip zip -10
	touch -d 2026-03-02 "in/$PART-001.zip"
	said zip first
	cp whole "in/$PART-001.zip"
	touch -d 2026-03-02 "in/$PART-001.zip"
	gp-list takeout:in >list
	same "yes yes yes" "$(jq -r .original list | xargs)"
}

@test "takeout damaged: a tar that is not gzipped proves nothing: said once, and no photo of it is an original" {
	export_of tar
	local n
	for n in 1 2; do # read, and from what was kept
		run -0 --separate-stderr gp-list takeout:in
		same 1 "$(grep -c "^gp-list: $PART-001.tar is an unpacked tar: nothing in it proves its bytes$" <<<"$stderr")"
		same "unknown unknown unknown" "$(jq -r .original <<<"$output" | xargs)"
	done
	# one byte of a photo is another, and nothing tells
	python3 - "in/$PART-002.tar" <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], "rb").read())
		data[data.index(b"\xff\xd8\xff") + 300] ^= 0x20
		open(sys.argv[1], "wb").write(data)
	END
	gp-list takeout:in >list
	same "unknown unknown unknown" "$(jq -r .original list | xargs)"
	# nor does it vouch for another export's damaged part; a good one does, for both
	rm -r in
	mkdir in
	export_of tar
	later_export tgz
	gp-list takeout:in >list
	same "yes" "$(jq -r .original list | sort -u)"
	gp-list takeout:in 2>err >list
	same 2 "$(grep -c 'is an unpacked tar' err)"
}

@test "takeout damaged: a photo that a whole part has too is an original" {
	export_of tgz
	cp whole "in/$PART-003.tgz"
	flip tgz -5
	gp-list takeout:in >list 2>err || [ $? -eq 1 ]
	has "$(cat err)" "$PART-001.tgz of $PART: its bytes are damaged"
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg" "$(jq -r 'select(.original == "yes").filename' list | sort | xargs)"
}

# main_job: all stages, from the exports to the archive
main_job() {
	gp-list takeout:in | gp-index --new | gp-fetch | gp-hash | gp-index --record
}

# later_export KIND: a month later, one part: all photos and their sidecars again
later_export() {
	python3 "$TESTS/takeout-parts.py" "$1" in 20260401T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = @$DATA/album/IMG_0001.jpg
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/IMG_2.jpg = @$DATA/album/IMG_0002.jpg
		1 Ezra/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 B
		1 Ezra/IMG_3.jpg = @$DATA/more/IMG_0008.jpg
		1 Ezra/IMG_3.jpg.json = photo IMG_3.jpg 1577836802 C
	END
}

# wrong_photo: IMG_1.jpg has another byte in part 1, a tgz that is whole but for
# its sum
wrong_photo() {
	python3 - "in/$PART-001.tgz" <<-'END'
		import gzip, sys
		tar = gzip.open("whole").read()
		wrong = bytearray(gzip.compress(tar, 0))
		wrong[wrong.index(b"\xff\xd8\xff") + 300] ^= 0x20
		open(sys.argv[1], "wb").write(wrong)
	END
}

@test "takeout damaged: a photo that is damaged in one export is taken from another one" {
	export_of zip
	later_export tgz
	python3 - "in/$PART-001.zip" <<-'END'
		import sys, zipfile
		data = bytearray(open("whole", "rb").read())
		m = next(m for m in zipfile.ZipFile("whole").infolist() if m.filename.endswith("IMG_1.jpg"))
		data[m.header_offset + 30 + len(m.filename) + m.compress_size // 2] ^= 0x20
		open(sys.argv[1], "wb").write(data)
	END
	main_job >stored
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg" "$(jq -r .filename stored | sort | xargs)"
	cmp "$DATA/album/IMG_0001.jpg" "$GP_ARCHIVE/$(jq -r 'select(.filename == "IMG_1.jpg").path' stored)"
	same "yes" "$(jq -r .original stored | sort -u)"
	main_job >stored
	same "" "$(cat stored)"
	gp-list takeout:in >list
	same "takeout-20260401T040000Z-001.tgz" "$(jq -r 'select(.filename == "IMG_1.jpg").alt[0].url' list | head -1 | xargs basename)"
	gp-list "takeout:in/$PART-001.zip" >list
	same "" "$(jq -r 'select(has("alt")).id' list)"
}

@test "takeout damaged: of a damaged tgz and a good export of the same photos all that is right is an original, and each fault is said once" {
	export_of tgz
	wrong_photo
	later_export zip
	run -1 --separate-stderr bash -o pipefail -c 'gp-list takeout:in | gp-index --new | gp-fetch | gp-hash | gp-index --record'
	same 1 "$(grep -c "$PART-001.tgz of $PART: its bytes are damaged" <<<"$stderr")"
	same 2 "$(grep -c "T040000Z: [0-9]* members = 3 listed" <<<"$stderr")"
	same "unknown yes yes yes" "$(gp-index --export | jq -r .original | sort | xargs)"
	same "IMG_1.jpg" "$(gp-index --export | jq -r 'select(.original == "unknown").filename')"
	same 3 "$(gp-index --stats | jq .files)"
}

@test "takeout damaged: what is listed only to a limit leaves nothing of a damaged part behind" {
	export_of zip
	later_export tgz
	cp in/takeout-20260401T040000Z-001.tgz good
	python3 - in/takeout-20260401T040000Z-001.tgz <<-'END'
		import sys
		data = bytearray(open("good", "rb").read())
		data[-5] ^= 0x20
		open(sys.argv[1], "wb").write(data)
	END
	touch -d 2026-05-02 in/*
	gp-list --limit 1 takeout:in >list
	cp good in/takeout-20260401T040000Z-001.tgz
	touch -d 2026-05-02 in/*
	gp-list takeout:in >list
	same "yes" "$(jq -r .original list | sort -u)"
}

# open_failures: what failed and is not settled: without its export, in one line
open_failures() {
	gp-index --stats --full | jq -r '.failed[].id' | sed 's|^takeout:[^/]*/||' | sort | xargs
}

# after_job WHAT FAILURES: main_job leaves these open
after_job() {
	local status=0
	main_job >stored 2>err || status=$?
	[ "$status" -le 1 ] || fail "$1: $status: $(cat err)"
	same "$2" "$(open_failures)" "$1"
}

@test "takeout damaged: a part that was missing, cut or damaged is no open failure once it came whole" {
	export_of tgz
	rm "in/$PART-001.tgz"
	after_job "missing" "part 001"
	head -c 200 whole >"in/$PART-001.tgz"
	after_job "cut" "part 001 $PART-001.tgz"
	cp whole "in/$PART-001.tgz"
	after_job "whole" ""
	# a browser's second download has another name
	flip tgz -5
	rm -rf "$GP_ARCHIVE"
	archive_new
	after_job "damaged" "$PART-001.tgz"
	rm "in/$PART-001.tgz"
	cp whole "in/$PART-001 (1).tgz"
	after_job "downloaded again" ""
	# all of it was known: nothing was left to store
	same "" "$(cat stored)"
	same 0 "$(gp-index --stats | jq .failures.open)"
}

@test "takeout damaged: a part that is damaged still is an open failure, though another export has its photos" {
	export_of tgz
	flip tgz -5
	later_export zip
	for run in 1 2; do
		after_job "run $run" "$PART-001.tgz"
		same "yes" "$(gp-index --export | jq -r .original | sort -u)"
	done
	# what a person accepted stays accepted, and is no failure anew
	gp-index --accept "takeout:$PART/$PART-001.tgz" "the other export has it all"
	cp whole "in/$PART-001.tgz"
	after_job accepted ""
	same 1 "$(gp-index --stats | jq .failures.accepted)"
}

@test "takeout damaged: only what is vouched for, of that very part, settles its failure" {
	index_setup
	mkdir -p "$staging"
	printf '{"id":"takeout:X/%s","source":"takeout","error":{"stage":"gp-list","code":"not-found","message":"m"}}\n' \
		"part 010" X-002.zip X-003.tgz/Takeout/a.jpg "X-004 a.zip" >failed
	gp-index --record <failed || [ $? -eq 1 ]
	# comes SOURCE ORIGINAL PART OPEN: a photo of PART is stored; OPEN is open then
	comes() {
		staged "$*" i.jpg "$*" ".source = \"$1\" | .original = \"$2\" | .url = \"file:///e/$3\" | .member = \"m\"" >come
		gp-index --record <come
		same "$4" "$(open_failures)" "$*"
	}
	all="X-002.zip X-003.tgz/Takeout/a.jpg X-004 a.zip part 010"
	comes takeout yes X-001.zip "$all"
	comes takeout unknown X-002.zip "$all"
	comes dir yes X-002.zip "$all"
	comes takeout yes Y-002.zip "$all"
	comes takeout yes X-0020.zip "$all"
	comes takeout yes XX-010.zip "$all"
	comes takeout yes X-01.zip "$all"
	comes takeout yes X-004%2 "$all"
	comes takeout yes X-004%20a.zip "X-002.zip X-003.tgz/Takeout/a.jpg part 010"
	comes takeout yes X-3-010.zip "X-002.zip X-003.tgz/Takeout/a.jpg"
	comes takeout yes X-003.tgz "X-002.zip"
	# --new: that the part failed again comes before its photo; -n settles nothing
	jq -c '.url = "file:///e/X-002%20(1).zip"' come >known
	cat failed known | gp-index --new || [ $? -eq 1 ]
	same "X-002.zip" "$(open_failures)"
	gp-index --new -n <known
	same "X-002.zip" "$(open_failures)"
	gp-index --new <known
	same "" "$(open_failures)"
}

@test "takeout damaged: two exports that are damaged do not vouch for each other" {
	export_of tgz
	flip tgz -5
	later_export tgz
	python3 - in/takeout-20260401T040000Z-001.tgz <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], "rb").read())
		data[-5] ^= 0x20
		open(sys.argv[1], "wb").write(data)
	END
	gp-list takeout:in >list 2>err || [ $? -eq 1 ]
	same "IMG_3.jpg yes" "$(jq -r 'select(.original == "yes") | .filename + " yes"' list | sort -u)"
	same 2 "$(grep -c 'its bytes are damaged' err)"
}
