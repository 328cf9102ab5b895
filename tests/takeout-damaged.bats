#!/usr/bin/env bats
# gp-list takeout: one byte is wrong in a part, or its end is missing: each time
# said, and nothing of that part passes for an original.
# builds: san
bats_require_minimum_version 1.5.0
load helper

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
		print(data.rindex(b"PK\7\10") + 5, zipfile.ZipFile(sys.argv[1]).start_dir + 16, file=open("places", "w"))
	END
	cp "in/$PART-001.zip" whole
	gp-list takeout:in >list
	same 3 "$(grep -c '"original":"yes"' list)"
	while IFS= read -r at; do
		flip zip "$at"
		said zip "byte $at"
	done < <(tr ' ' '\n' <places)
}

# rests: how often gp-list waits a second for a part that may grow
rests() {
	ASAN_OPTIONS=$NO_LEAKS strace -qq -f -o calls -e trace=nanosleep,clock_nanosleep gp-list takeout:in >list 2>err ||
		[ $? -eq 1 ]
	has "$(cat err)" "$PART-001.tgz of $PART: "
	grep -c 'tv_sec=1,' calls || true
}

@test "takeout damaged: a part that came just now is looked at again after a second, an old one is not" {
	export_of tgz
	truncate -s -1 "in/$PART-001.tgz"
	[ "$(rests)" -gt 0 ]
	# one of a machine whose clock is ahead
	touch -d "2 days" "in/$PART-001.tgz"
	[ "$(rests)" -gt 0 ]
	touch -d "2 hours ago" "in/$PART-001.tgz"
	same 0 "$(rests)"
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
	same "IMG_1.jpg unknown" "$(gp-index --export | jq -r 'select(.superseded_by) | .filename + " " + .original')"
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

@test "takeout damaged: a photo that a whole part has too is an original" {
	export_of tgz
	cp whole "in/$PART-003.tgz"
	flip tgz -5
	gp-list takeout:in >list 2>err || [ $? -eq 1 ]
	has "$(cat err)" "$PART-001.tgz of $PART: its bytes are damaged"
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg" "$(jq -r 'select(.original == "yes").filename' list | sort | xargs)"
}
