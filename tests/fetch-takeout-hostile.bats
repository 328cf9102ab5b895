#!/usr/bin/env bats
# gp-fetch and exports that are not what was listed, or mean harm: nothing that
# is not the photo passes for it, nothing real is turned away, all is said.
# shellcheck disable=SC2016,SC2154 # jq's variables; bats sets stderr
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	STAGING=$GP_ARCHIVE/.gp/staging
	cd "$BATS_TEST_TMPDIR" || return 1
}

# both_kinds NAME [MEMBER TEXT]...: NAME.zip and NAME.tgz with these members, names
# and texts as Python's bytes, so that a name may be none of UTF-8
both_kinds() {
	python3 -W ignore - "$@" <<-'END'
		import io, sys, tarfile, zipfile
		name, rest = sys.argv[1], [a.encode("latin-1", "surrogateescape")
		    .decode("unicode_escape") for a in sys.argv[2:]]
		members = list(zip(rest[::2], (t.encode("latin-1") for t in rest[1::2])))
		with zipfile.ZipFile(name + ".zip", "w") as z, tarfile.open(name + ".tgz",
		        "w:gz", encoding="latin-1", format=tarfile.GNU_FORMAT) as t:
		    for member, data in members:
		        z.writestr(zipfile.ZipInfo(member), data)
		        info = tarfile.TarInfo(member)
		        info.size = len(data)
		        t.addfile(info, io.BytesIO(data))
	END
}

# record ID PART MEMBER BYTES [JQ]: as gp-list takeout: writes it, when the
# member had these bytes (as printf has them)
record() {
	local size crc
	printf '%b' "$4" >bytes
	size=$(stat -c %s bytes)
	crc=$(python3 -c 'import sys, zlib; print("%08x" % zlib.crc32(open("bytes", "rb").read()))')
	jq -nc --arg id "takeout:$1#$size-$crc" --argjson size "$size" \
		--arg url "file://$PWD/$2" --arg member "$3" \
		"{id: \$id, source: \"takeout\", filename: \"$1.jpg\", mimeType: \"image/jpeg\",
		size: \$size, url: \$url, member: \$member} | ${5:-.}"
}

# code NAME: the error of the record whose id begins with it
code() { jq -r --arg id "takeout:$1#" 'select(.id | startswith($id)) | .error.code' <<<"$output"; }

# bytes_of NAME: what was staged for it
bytes_of() { cat "$(jq -r --arg id "takeout:$1#" 'select(.id | startswith($id)) | .file' <<<"$output")"; }

JPEG='\xff\xd8\xff\xe0'

# --- what was listed, and what is there -------------------------------------

@test "gp-fetch: another photo of the same size is not the one that was listed" {
	both_kinds p a.jpg "$JPEG the second one"
	for part in p.zip p.tgz; do
		run -1 --separate-stderr gp-fetch < <(record a "$part" a.jpg "$JPEG the first one!")
		same changed "$(code a)"
		has "$stderr" "a.jpg in $part"
		has "$stderr" 'list it again'
	done
	same '' "$(find "$STAGING" -type f)" 'left in staging'
}

@test "gp-fetch: where one place was changed the other that was listed is taken" {
	both_kinds new a.jpg "$JPEG the second one"
	both_kinds old b.jpg "$JPEG the first one!"
	for part in new.zip new.tgz; do
		run -0 --separate-stderr gp-fetch < <(record a "$part" a.jpg "$JPEG the first one!" \
			". + {alt: [{url: \"file://$PWD/old.tgz\", member: \"b.jpg\"}]}")
		same "$(printf '%b' "$JPEG the first one!" | base64)" "$(bytes_of a | base64)"
		rm "$STAGING"/*
	done
}

@test "gp-fetch: bytes that went wrong in a tgz without gzip's notice are noticed" {
	# stored, not packed: nothing but the sum at the very end would show it,
	# which lies behind a member that is not wanted
	python3 - <<-'END'
		import gzip, io, json, os, tarfile, zlib
		plain = io.BytesIO()
		with tarfile.open(fileobj=plain, mode="w") as t, open("in", "w") as out:
		    for name in "abcd":
		        data = b"\xff\xd8\xff\xe0 photo " + name.encode() * 1000000
		        info = tarfile.TarInfo(name + ".jpg")
		        info.size = len(data)
		        t.addfile(info, io.BytesIO(data))
		        record = {"id": "takeout:%s#%d-%08x" % (name, len(data), zlib.crc32(data)),
		            "source": "takeout", "filename": info.name, "size": len(data),
		            "mimeType": "image/jpeg", "url": "file://" + os.getcwd() + "/p.tgz",
		            "member": info.name}
		        if name != "d":
		            print(json.dumps(record), file=out)
		packed = bytearray(gzip.compress(plain.getvalue(), 0))
		packed[packed.index(b"photo b") + 20] ^= 1
		open("p.tgz", "wb").write(packed)
	END
	run -1 --separate-stderr gp-fetch <in
	same 'null unreadable null' "$(code a) $(code b) $(code c)"
	has "$stderr" "b.jpg in p.tgz: its bytes are damaged"
}

# ask PART ID...: gp-fetch of these, each a.jpg with that text
ask() {
	local part=$1 id
	for id in "${@:2}"; do record "$id" "$part" a.jpg "$JPEG $id"; done >in
	run --separate-stderr gp-fetch <in
}

@test "gp-fetch: members of one name and size are told apart by their bytes" {
	both_kinds p a.jpg "$JPEG one" b.jpg "$JPEG b" a.jpg "$JPEG two" a.jpg "$JPEG longer" a.jpg "$JPEG six"
	for part in p.zip p.tgz; do
		for asked in "one two six longer" "longer six two one" "two" "six" "one six" "six one"; do
			# shellcheck disable=SC2086 # words
			ask "$part" $asked
			same 0 "$status" "$part: $asked: $stderr"
			for id in $asked; do
				same "$(printf '%b' "$JPEG $id" | base64)" "$(bytes_of "$id" | base64)" "$id"
			done
			rm -f "$STAGING"/*
		done
		# what is none of them is an error, and keeps none of the others away
		ask "$part" two ten six
		same "null changed null" "$(code two) $(code ten) $(code six)"
		has "$stderr" "list it again"
		same 2 "$(find "$STAGING" -type f ! -name '*.json' | wc -l)"
		rm -f "$STAGING"/*
	done
}

@test "gp-fetch: a link or folder of the photo's name keeps no photo away" {
	python3 -W ignore - <<-'END'
		import io, tarfile, zipfile
		data = b"\xff\xd8\xff\xe0 one"
		with zipfile.ZipFile("p.zip", "w") as z, tarfile.open("p.tgz", "w:gz") as t:
		    link = zipfile.ZipInfo("a.jpg")
		    link.create_system, link.external_attr = 3, 0o120777 << 16
		    z.writestr(link, "/etc/passwd")
		    z.writestr(zipfile.ZipInfo("a.jpg"), data)
		    info = tarfile.TarInfo("a.jpg")
		    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
		    t.addfile(info)
		    info = tarfile.TarInfo("a.jpg")
		    info.size = len(data)
		    t.addfile(info, io.BytesIO(data))
	END
	for part in p.zip p.tgz; do
		ask "$part" one
		same 0 "$status"
		same "$(printf '%b' "$JPEG one" | base64)" "$(bytes_of one | base64)"
		rm -f "$STAGING"/*
	done
}

@test "gp-fetch: two photos of one name and size in a part both end in the archive" {
	for kind in zip tgz; do
		archive_new
		rm -rf in
		mkdir in
		both_kinds p Takeout/A/a.jpg "$JPEG one" Takeout/A/a.jpg "$JPEG two"
		mv "p.$kind" "in/takeout-20260301T040000Z-001.$kind"
		run -0 --separate-stderr bash -o pipefail -c 'gp-list takeout:in | gp-index --new |
			gp-fetch | gp-hash | gp-index --record'
		same "$(for id in one two; do printf '%b' "$JPEG $id" | sha256sum; done | cut -c -64 | sort)" \
			"$(find "$GP_ARCHIVE" -name 'a*.jpg' ! -path '*/.gp/*' -exec sha256sum {} + | cut -c -64 | sort)"
		gp-index --check
		run -0 bash -o pipefail -c 'gp-list takeout:in 2>/dev/null | gp-index --new'
		same "" "$output"
	done
}

@test "gp-fetch: a record that another stage wrote without a sum is held to its size" {
	both_kinds p a.jpg "$JPEG photo"
	for part in p.zip p.tgz; do
		run -0 --separate-stderr gp-fetch < <(record a "$part" a.jpg "$JPEG photo" '.id = "takeout:a#x"')
		run -1 --separate-stderr gp-fetch < <(record b "$part" a.jpg "$JPEG photo" '.id = "takeout:b#x" | .size = 9')
		same changed "$(code b)"
	done
}

@test "gp-fetch: what gp-list takeout: lists is held to the sum that it saw" {
	local kind
	for kind in zip tgz; do
		mkdir "$kind"
		both_kinds p "Takeout/Google Photos/Trip/a.jpg" "$JPEG the first one!"
		mv "p.$kind" "$kind/takeout-20260301T040000Z-001.$kind"
		gp-list "takeout:$PWD/$kind" >"$kind.list"
		same 1 "$(wc -l <"$kind.list")"
		run -0 --separate-stderr gp-fetch <"$kind.list"
		same "$(printf '%b' "$JPEG the first one!" | base64)" "$(base64 "$(jq -r .file <<<"$output")")"
		rm "$STAGING"/*
		both_kinds p "Takeout/Google Photos/Trip/a.jpg" "$JPEG the second one"
		mv "p.$kind" "$kind/takeout-20260301T040000Z-001.$kind"
		run -1 --separate-stderr gp-fetch <"$kind.list"
		same changed "$(jq -r .error.code <<<"$output")"
	done
}

# --- what is real -----------------------------------------------------------

@test "gp-fetch: what was uploaded is taken as it is, whatever its name says" {
	local png='\x89PNG\r\n\x1a\n pixels' text='a note beside the photos' part n
	both_kinds p png.jpg "$png" note.txt "$text" empty.jpg '' odd.bin '{"a":1}'
	for part in p.zip p.tgz; do
		run -0 --separate-stderr gp-fetch < <(record png "$part" png.jpg "$png"
			record note "$part" note.txt "$text" 'del(.mimeType)'
			record odd "$part" odd.bin '{"a":1}' 'del(.mimeType)'
			record empty "$part" empty.jpg '')
		same "$(printf '%b' "$png" | base64)" "$(bytes_of png | base64)"
		same "$text" "$(bytes_of note)"
		same '{"a":1}' "$(bytes_of odd)"
		same '' "$(bytes_of empty)"
	done
}

@test "gp-fetch: a page in place of a photo or a video is none" {
	both_kinds p page.jpg '<!doctype html><title>Sorry</title>' page.mp4 '{"error":1}'
	for part in p.zip p.tgz; do
		run -1 --separate-stderr gp-fetch < <(record page "$part" page.jpg '<!doctype html><title>Sorry</title>'
			record video "$part" page.mp4 '{"error":1}' '.mimeType = "video/mp4"')
		same 'bad-content bad-content' "$(code page) $(code video)"
	done
	same '' "$(find "$STAGING" -type f)" 'left in staging'
}

@test "gp-fetch: a page in place of a photo is none in an unpacked export either" {
	local album="in/Takeout/Google Photos/Ezra"
	mkdir -p "$album"
	printf '<!doctype html><title>Sorry</title>' >"$album/page.jpg"
	printf '\377\330\377\340 photo' >"$album/photo.jpg"
	for name in page photo; do
		printf '{"title":"%s.jpg","photoTakenTime":{"timestamp":"1577836800"},"url":"https://photos.google.com/photo/%s"}' \
			"$name" "$name" >"$album/$name.jpg.json"
	done
	gp-list takeout:in >list
	run -1 --separate-stderr gp-fetch <list
	same "page.jpg bad-content" "$(jq -r 'select(.error) | "\(.filename) \(.error.code)"' <<<"$output")"
	has "$stderr" "page.jpg: it holds a web page or an error message, no photo or video: order the export again"
}

@test "gp-fetch: names in any script, with any bytes that a record can hold" {
	local name=$'Fotos von 2024/\u00dcber \u5317\u4eac \U0001f600 %41 "quoted" \\ back.jpg'
	python3 - "$name" <<-'END'
		import io, sys, tarfile, zipfile
		data = b"\xff\xd8\xff\xe0 photo"
		with zipfile.ZipFile("p.zip", "w") as z, tarfile.open("p.tgz", "w:gz") as t:
		    z.writestr(zipfile.ZipInfo(sys.argv[1]), data)
		    info = tarfile.TarInfo(sys.argv[1])
		    info.size = len(data)
		    t.addfile(info, io.BytesIO(data))
	END
	for part in p.zip p.tgz; do
		run -0 --separate-stderr gp-fetch < <(record a "$part" "$name" "$JPEG photo")
		same "$(printf '%b' "$JPEG photo" | base64)" "$(bytes_of a | base64)"
	done
}

# --- what is no photo -------------------------------------------------------

@test "gp-fetch: without a usable member the whole part is never the photo" {
	local part
	both_kinds p a.jpg "$JPEG photo"
	for part in p.zip p.tgz; do
		run -1 --separate-stderr gp-fetch < <(record null "$part" a.jpg "$JPEG photo" '.member = null'
			record number "$part" a.jpg "$JPEG photo" '.member = 5'
			record nul "$part" a.jpg "$JPEG photo" '.member = "a.jpg\u0000"'
			record alt no.zip a.jpg "$JPEG photo" ".alt = [{url: \"file://$PWD/$part\", member: null}]")
		same 'bad-url bad-url bad-url' "$(code null) $(code number) $(code nul)"
		[ "$(code alt)" != null ] || fail 'the part passed for the photo'
	done
	same '' "$(find "$STAGING" -type f)" 'left in staging'
}

@test "gp-fetch: an alt of any shape is no harm" {
	local alt
	both_kinds p a.jpg "$JPEG photo"
	for alt in null 5 '"x"' '{}' '[]' '[null]' '[5,[]]' '[{}]' '[{"url":5}]' \
		'[{"url":"https://example.org/x","member":"a.jpg"}]' '[{"url":"ftp:x"}]' \
		'[{"url":"file:///../../etc/passwd","member":"../../x"}]'; do
		record a p.zip gone.jpg "$JPEG photo" ".alt = $alt"
	done >in
	run -1 --separate-stderr gp-fetch <in
	same "$(wc -l <in)" "$(jq -s 'map(select(.error)) | length' <<<"$output")"
	same '' "$(find "$STAGING" -type f)" 'left in staging'
}

@test "gp-fetch: a pipe, a device, a loop in place of a part is an error, at once" {
	mkfifo pipe.zip
	ln -s loop.zip loop.zip
	for part in pipe.zip loop.zip; do
		run -1 --separate-stderr timeout "$PATIENCE" gp-fetch < <(record a "$part" a.jpg "$JPEG photo")
		same unreadable "$(code a)"
	done
	run -1 --separate-stderr timeout "$PATIENCE" gp-fetch < <(record a p.zip a.jpg "$JPEG photo" '.url = "file:///dev/zero"')
	same unreadable "$(code a)"
}

@test "gp-fetch: the parts are left as they were" {
	both_kinds p a.jpg "$JPEG photo"
	touch -d 2001-01-01 p.zip p.tgz
	chmod 444 p.zip p.tgz
	stat -c '%n %s %Y %Z %i' p.zip p.tgz >before
	run -0 --separate-stderr gp-fetch < <(record a p.zip a.jpg "$JPEG photo"; record b p.tgz a.jpg "$JPEG photo")
	same "$(cat before)" "$(stat -c '%n %s %Y %Z %i' p.zip p.tgz)"
}

# --- a second run -----------------------------------------------------------

@test "gp-fetch: any order of arrival, killed again and again, ends with every photo whole" {
	local n seed
	seeded
	python3 - "$seed" <<-'END'
		import io, json, os, random, sys, tarfile, zipfile, zlib
		random.seed(int(sys.argv[1]))
		lines = []
		for p in range(6):
		    name = "p%d.%s" % (p, "zip" if p % 3 == 2 else "tgz")
		    members = [("%d-%d.jpg" % (p, i), b"\xff\xd8\xff\xe0" + random.randbytes(60000)) for i in range(40)]
		    if name.endswith("zip"):
		        with zipfile.ZipFile(name, "w") as z:
		            for m, data in members:
		                z.writestr(zipfile.ZipInfo(m), data)
		    else:
		        with tarfile.open(name, "w:gz", compresslevel=1) as t:
		            for m, data in members:
		                info = tarfile.TarInfo(m)
		                info.size = len(data)
		                t.addfile(info, io.BytesIO(data))
		    os.makedirs("want", exist_ok=True)
		    for m, data in members:
		        open("want/" + m, "wb").write(data)
		        lines.append(json.dumps({"id": "takeout:%s#%d-%08x" % (m, len(data), zlib.crc32(data)),
		            "source": "takeout", "filename": m, "size": len(data), "mimeType": "image/jpeg",
		            "url": "file://%s/%s" % (os.getcwd(), name), "member": m}))
		random.shuffle(lines)
		open("in", "w").write("".join(line + "\n" for line in lines))
	END
	# each run comes as far as a fourth of it, but the last
	for n in 1 2 3; do killed_at renameat 80 gp-fetch <in >out; done
	same 3 "$struck" "killed"
	gp-fetch <in >out 2>err
	same 240 "$(jq -r 'select(.file) | .id' out | sort -u | wc -l)"
	jq -r '"\(.filename) \(.file)"' out | while read -r name file; do
		cmp "want/$name" "$file" || return 1
	done
	same '' "$(find "$STAGING" -name '*.part')" 'left in staging'
	same '' "$(cat err)" stderr
}

@test "gp-fetch: a tgz of which all is staged already is not read again" {
	both_kinds p a.jpg "$JPEG one" b.jpg "$JPEG two"
	{ record one p.tgz a.jpg "$JPEG one"; record two p.tgz b.jpg "$JPEG two"; } >in
	gp-fetch <in >first
	# not as it was any more: whoever reads it sees an error
	printf '\37\213 nonsense' >p.tgz
	run -0 --separate-stderr gp-fetch <in
	same "$(jq -r .file first | sort)" "$(jq -r .file <<<"$output" | sort)"
	rm "$(jq -r 'select(.id | startswith("takeout:one#")) | .file' first)"
	run -1 --separate-stderr gp-fetch <in
	same 'unreadable null' "$(code one) $(code two)"
}

# bats test_tags=unsanitized
@test "gp-fetch: 200,000 members of four zips in less than 64 MiB" {
	long_only
	python3 - <<-'END'
		import json, os, zipfile, zlib
		with open("in", "w") as out:
		    for p in range(4):
		        with zipfile.ZipFile("p%d.zip" % p, "w") as z:
		            for i in range(50000):
		                data = b"\xff\xd8\xff\xe0 photo %d" % i
		                name = "Takeout/Google Photos/Photos from 2024/IMG_%06d.jpg" % i
		                z.writestr(zipfile.ZipInfo(name), data)
		                print(json.dumps({"id": "takeout:%d-%d#%d-%08x" % (p, i, len(data), zlib.crc32(data)),
		                    "source": "takeout", "filename": "IMG_%06d.jpg" % i, "size": len(data),
		                    "url": "file://%s/p%d.zip" % (os.getcwd(), p), "member": name}), file=out)
	END
	command time -f %M -o peak gp-fetch <in >out
	same 200000 "$(jq -r 'select(.file) | .id' out | wc -l)"
	[ "$(cat peak)" -lt 65536 ] || fail "$(cat peak) KiB"
}
