#!/usr/bin/env bats
# gp-list takeout: exports after people had them in their hands: with photos of
# no bytes, among other downloads, packed again by Windows, with addresses that
# somebody blanked, without sidecars, and with names that say another type.
# shellcheck disable=SC1003,SC2154 # backslashes of Windows; bats sets stderr
# builds: san
bats_require_minimum_version 1.5.0
load helper
load takeout

STAMP=20260901T101010Z

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# items: "name [album]" of every record that is whole
items() {
	jq -r 'select(has("error") | not) | "\(.filename) [\(.album.title // "")]"' list | sort
}

# dates: "name time from zone" of every record
dates() {
	jq -r '"\(.filename) \(.creationTime // "-") \(.metadata.gp.timeFrom // "-") \(.metadata.gp.timeZone // "-")"' list | sort
}

# zip_of FILE [MEMBER TEXT]...: with these names to the letter, texts as Python
# has bytes
zip_of() {
	python3 - "$@" <<-'END'
		import sys, zipfile
		with zipfile.ZipFile(sys.argv[1], "w") as out:
		    for name, text in zip(sys.argv[2::2], sys.argv[3::2]):
		        info = zipfile.ZipInfo("x")
		        info.filename = name
		        out.writestr(info, text.encode("latin-1").decode("unicode_escape").encode("latin-1"))
	END
}

# --- photos of no bytes -----------------------------------------------------

@test "takeout: a photo of 0 bytes fails by its name, wherever it lies; the rest is listed" {
	local kind part
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 Ezra/metadata.json = album Ezra
			1 Ezra/IMG_1.jpg = text 
			1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
			1 Ezra/clip.MP = text 
			1 Ezra/clip.MP.json = photo clip.MP 1577836800 C
			1 Ezra/IMG_2.jpg = two
			1 Photos from 2020/IMG_1.jpg = text 
			1 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
			1 Ezra/film.mp4 = text 
			1 Ezra/notes.txt = text 
		END
		part=takeout-20260901T101010Z-001.$kind
		[ "$kind" != tree ] || part=in
		listed 1
		same "IMG_2.jpg [Ezra]" "$(items)" "$kind"
		same "bad-content bad-content bad-content bad-content" "$(jq -r 'select(.error) | .error.code' list | xargs)"
		same 4 "$(jq -r 'select(.error).id' list | sort -u | wc -l)"
		has "$(cat said)" "Takeout/Google Photos/Ezra/IMG_1.jpg is empty (0 bytes) in $part: export it again"
		has "$(cat said)" "Photos from 2020/IMG_1.jpg is empty (0 bytes) in $part: export it again"
		has "$(cat said)" "Ezra/notes.txt is empty (0 bytes), and left out"
		has "$(cat said)" "10 members = 1 listed + 0 repeats + 3 sidecars + 1 album files + 5 left out (5 empty)"
	done
}

@test "takeout: a photo of 0 bytes in the trash, in another album or of another product is left out as the others are" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Zoo/IMG_2.jpg = text 
		1 Bin/IMG_3.jpg = text 
		1 Bin/IMG_3.jpg.json = photo IMG_3.jpg 1577836800 C {"trashed":true}
		1 /Takeout/Drive/scan.jpg = text 
	END
	listed 0 --album Ezra
	same "IMG_1.jpg [Ezra]" "$(items)"
	has "$(cat said)" "3 left out (1 in the trash, 1 not in the chosen albums, 1 of other products: Drive 1)"
}

@test "dir: a photo of 0 bytes fails by its name, the rest is listed" {
	mkdir -p in/sub
	: >in/sub/IMG_1.jpg
	: >in/film.MP4
	: >in/empty
	echo two >in/IMG_2.jpg
	run -1 --separate-stderr gp-list dir:in
	same "IMG_1.jpg bad-content
IMG_2.jpg null
empty null
film.MP4 bad-content" "$(jq -r '"\(.filename) \(.error.code)"' <<<"$output" | sort)"
	has "$stderr" "$PWD/in/sub/IMG_1.jpg is empty (0 bytes)"
	same null "$(jq -r 'select(.filename == "film.MP4").url' <<<"$output")"
}

# --- among other downloads --------------------------------------------------

@test "takeout: archives beside the exports that are none are named and left out, nothing of them is listed" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
	END
	zip_of "in/holiday.zip" "Fotos 2019/IMG_9.jpg" nine
	zip_of "in/tool-3.zip" "package/package.json" '{"title":"x","url":"https://example.org"}'
	mkdir music
	echo song >music/song.mp3
	tar -czf in/music.tgz music
	listed 0
	same "IMG_1.jpg []" "$(items | sed 's/\[Ezra\]/[]/')"
	local name
	for name in holiday.zip tool-3.zip music.tgz; do
		has "$(cat said)" "$name: left out: it is no Google export"
		has_not "$(cat said)" "${name%%.*}: 1 members"
	done
	has_not "$(cat said)" "is missing"
	listed 0
	has "$(cat said)" "music.tgz: left out: it is no Google export"
	# asked for by its name it is what a person means
	run -0 --separate-stderr gp-list takeout:in/holiday.zip
	same IMG_9.jpg "$(jq -r .filename <<<"$output")"
}

@test "takeout: an export under any name is one, by its folders or by its sidecars" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
	END
	zip_of "in/from mum.zip" "Takeout/Google Photos/Zoo/IMG_2.jpg" two
	zip_of "in/from dad.zip" "Google Fotos/Zoo/IMG_3.jpg" three
	zip_of "in/Ezra.zip" "IMG_4.jpg" four "IMG_4.jpg.json" '{"title":"IMG_4.jpg","photoTakenTime":{"timestamp":"1577836800"}}'
	zip_of "in/windows.zip" 'Takeout\Google Photos\Zoo\IMG_5.jpg' five
	listed 0
	same "IMG_1.jpg IMG_2.jpg IMG_3.jpg IMG_4.jpg IMG_5.jpg" "$(jq -r .filename list | sort | xargs)"
	has_not "$(cat said)" "no Google export"
}

@test "takeout: an archive under any name of which nothing can be read is an error, not left out" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
	END
	echo "<html>Sign in</html>" >"in/from mum.zip"
	listed 1
	has_not "$(cat said)" "no Google export"
	has "$(cat said)" "from mum.zip"
}

# --- packed again by Windows ------------------------------------------------

@test "takeout: names with backslashes are paths, and gp-fetch finds the member by its stored name" {
	mkdir in
	zip_of in/takeout-20260901T101010Z-001.zip \
		'Takeout\Google Photos\Ezra\' '' \
		'Takeout\Google Photos\Ezra\IMG_1.jpg' '\xff\xd8\xff\xe0one' \
		'Takeout\Google Photos\Ezra\metadata.json' '{"title":"Ezra"}' \
		'Takeout\Google Photos\Ezra\IMG_1.jpg.json' '{"title":"IMG_1.jpg","photoTakenTime":{"timestamp":"1577836800"},"url":"https://photos.google.com/photo/A"}' \
		'Takeout\Google Photos\Photos from 2020\IMG_1.jpg' '\xff\xd8\xff\xe0one' \
		'Takeout\Google Photos\Photos from 2020\IMG_1.jpg.json' '{"title":"IMG_1.jpg","photoTakenTime":{"timestamp":"1577836800"},"url":"https://photos.google.com/photo/A"}' \
		'Takeout\Drive\tax.pdf' tax
	listed 0
	same "IMG_1.jpg [Ezra]" "$(items)"
	same 'Takeout\Google Photos\Ezra\IMG_1.jpg' "$(jq -r .member list)"
	same 'Takeout\Google Photos\Photos from 2020\IMG_1.jpg' "$(jq -r '.alt[0].member' list)"
	has "$(cat said)" "6 members = 1 listed + 1 repeats + 2 sidecars + 1 album files + 1 left out (1 of other products: Drive 1)"
	gp-fetch <list >fetched
	same one "$(tail -c 3 "$(jq -r .file fetched)")"
	# a name with both is one of a folder, and the backslash its own
	zip_of in/takeout-20260901T101010Z-001.zip 'Takeout/Google Photos/Ezra/AC\DC.jpg' one
	listed 0
	same 'AC\DC.jpg [Ezra]' "$(items)"
}

# --- blanked addresses ------------------------------------------------------

@test "takeout: photos whose addresses were blanked share neither albums nor sidecars" {
	local url stamp
	for url in blank '{"url":""}' '{"url":"https://photos.google.com/photo/"}'; do
		stamp="- $url"
		[ "$url" != blank ] || stamp=blank
		rm -rf in
		archive_new
		parts zip <<-END
			1 Ezra/metadata.json = album Ezra
			1 Ezra/IMG_1.jpg = one
			1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 $stamp
			1 Zoo/metadata.json = album Zoo
			1 Zoo/IMG_2.jpg = two
			1 Zoo/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 $stamp
			1 Photos from 2020/IMG_3.jpg = three
			1 Photos from 2020/IMG_3.jpg.json = photo IMG_3.jpg 1577836802 $stamp
			1 Photos from 2020/IMG_4.jpg.json = photo IMG_4.jpg 1577836803 $stamp
		END
		listed 0
		same "IMG_1.jpg [Ezra]
IMG_2.jpg [Zoo]
IMG_3.jpg []" "$(items)" "$url"
		same "1577836800 1577836801 1577836802" "$(jq -r '.metadata.photoTakenTime.timestamp' list | sort | xargs)"
		has "$(cat said)" "IMG_4.jpg.json is without its photo"
		has "$(cat said)" "1 sidecar is without its photo"
	done
}

@test "takeout: a live photo and its clip, each with a sidecar, have one address and one album" {
	python3 "$TESTS/takeout-parts.py" zip in 20260101T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.HEIC = still
		1 Ezra/IMG_1.HEIC.json = photo IMG_1.HEIC 1577836800 A
		1 Photos from 2020/IMG_1.MOV = clip
		1 Photos from 2020/IMG_1.MOV.json = photo IMG_1.MOV 1577836800 A
	END
	run -0 --separate-stderr gp-list takeout:in
	same 'IMG_1.HEIC https://photos.google.com/photo/A Ezra
IMG_1.MOV https://photos.google.com/photo/A Ezra' \
		"$(jq -r '"\(.filename) \(.metadata.url) \(.album.title)"' <<<"$output")"
	same 2 "$(jq -r .id <<<"$output" | grep -c '^takeout:https://photos.google.com/photo/A#')"
}

@test "takeout: a photo alone with a blanked address in its export takes no album of another export's" {
	parts zip 20260901T101010Z <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 blank
	END
	parts zip 20261001T101010Z <<-'END'
		1 Photos from 2020/IMG_2.jpg = two
		1 Photos from 2020/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 blank
		1 Photos from 2020/IMG_7.jpg.json = photo IMG_7.jpg 1577836801 G
	END
	listed 0
	same "IMG_1.jpg [Ezra]
IMG_2.jpg []" "$(items)"
	listed 0
	same "IMG_1.jpg [Ezra]
IMG_2.jpg []" "$(items)"
}

# --- without sidecars -------------------------------------------------------

@test "takeout: without sidecar and header a photo has the date of its name, and says so" {
	local kind
	python3 "$TESTS/media-file.py" jpeg exif.jpg --original '2021:06:07 08:09:10' --offset +02:00
	python3 "$TESTS/media-file.py" mp4 header.mp4 --created $((2082844800 + 1600000000))
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 A/IMG_20230405_123456.jpg = 1
			1 A/IMG_20230406_123456.jpg = @exif.jpg
			1 A/VID_20230405_123456.mp4 = @header.mp4
			1 A/PXL_20230405_123456789.MP.jpg = 2
			1 A/VID-20230405-WA0001.mp4 = 3
			1 A/Screenshot_2023-04-05-12-34-56.png = 4
			1 A/Screenshot_2023-04-05-12-34-56-647_com.x.png = 5
			1 A/2023-04-05 12.34.56.jpg = 6
			1 A/20230405123456.jpg = 7
			1 A/WhatsApp Image 2023-04-05 at 12.34.56.jpeg = 8
			1 A/Screenshot 2023-04-05 at 1.34.56 PM.png = 9
			1 A/IMG_20230405_123456.jpg.json = photo IMG_20230405_123456.jpg 1577836800 Z
			1 A/IMG_20230407_123456.jpg = a
			1 A/IMG_20230407_123456.jpg.json = photo IMG_20230407_123456.jpg 0 Y
		END
		TZ=CET-1CEST,M3.5.0,M10.5.0/3 listed 0
		same "2023-04-05 12.34.56.jpg 2023-04-05T10:34:56Z name assumed
20230405123456.jpg 2023-04-05T10:34:56Z name assumed
IMG_20230405_123456.jpg 2020-01-01T00:00:00Z - -
IMG_20230406_123456.jpg 2021-06-07T06:09:10Z exif -
IMG_20230407_123456.jpg 2023-04-07T10:34:56Z name assumed
PXL_20230405_123456789.MP.jpg 2023-04-05T12:34:56Z name -
Screenshot 2023-04-05 at 1.34.56 PM.png 2023-04-05T10:00:00Z name assumed
Screenshot_2023-04-05-12-34-56-647_com.x.png 2023-04-05T10:34:56Z name assumed
Screenshot_2023-04-05-12-34-56.png 2023-04-05T10:34:56Z name assumed
VID-20230405-WA0001.mp4 2023-04-05T10:00:00Z name assumed
VID_20230405_123456.mp4 2020-09-13T12:26:40Z container -
WhatsApp Image 2023-04-05 at 12.34.56.jpeg 2023-04-05T10:34:56Z name assumed" "$(dates)" "$kind"
	done
}

@test "takeout: a long video has its header last, and is dated by it in a zip, a tgz and a tree" {
	local kind
	python3 "$TESTS/media-file.py" mp4 short.mp4 --created $((2082844800 + 1600000000))
	python3 - <<-'END'
		with open("short.mp4", "rb") as short, open("long.mp4", "wb") as out:
		    data = short.read()
		    start = int.from_bytes(data[:4], "big")
		    more = 5000000
		    out.write(data[:start])
		    out.write((8).to_bytes(4, "big") + b"wide")
		    out.write((1).to_bytes(4, "big") + b"mdat" + (16 + more).to_bytes(8, "big") + b"m" * more)
		    out.write(data[start:])
	END
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<<'1 A/film.mp4 = @long.mp4'
		listed 0
		same "film.mp4 2020-09-13T12:26:40Z container -" "$(dates)" "$kind"
	done
}

@test "takeout: numbers in a name that are no date give none" {
	local name
	mkdir -p in/Takeout/A
	for name in IMG_19891231_123456 IMG_20230230_123456 IMG_20231305_123456 IMG_29990101_123456 \
		13039_327707840323_9470255_n 2234089303984509579 FB_IMG_1680698096123 DSC_0102 \
		20230405 12345678 IMG_202304051 x2023-13-45 2023-04 1.2023-04-051; do
		echo "$name" >"in/Takeout/A/$name.jpg"
	done
	echo notes >"in/Takeout/A/2023-04-05.txt"
	listed 0
	same "20230405.jpg 2023-04-05T12:00:00Z" "$(jq -r 'select(.creationTime) | "\(.filename) \(.creationTime)"' list)"
}

# --- another type than the name says ----------------------------------------

@test "takeout: a file of another type than its name says has the true one, in its record and in the index" {
	local kind
	python3 "$TESTS/media-file.py" jpeg photo.jpg
	printf '\x89PNG\r\n\x1a\n pixels' >picture
	printf '\0\0\0\x18ftypisom video' >video
	printf 'II*\0 raw' >raw
	printf '\xff\xd8\xff\xe0 still' >still
	printf '\x89PNG\r\n\x1a\n still' >png
	for kind in zip tgz tree; do
		rm -rf in
		archive_new
		parts "$kind" <<-'END'
			1 Ezra/IMG_1.HEIC = @photo.jpg
			1 Ezra/IMG_2.jpg = @picture
			1 Ezra/IMG_3.HEIC = @video
			1 Ezra/MVIMG_4 = @photo.jpg
			1 Ezra/IMG_5.m4v = @video
			1 Ezra/IMG_6.dng = @raw
			1 Ezra/IMG_7.mp4 = @still
			1 Ezra/IMG_8.MOV = @png
		END
		listed 0
		gp-index --new <list | gp-fetch >fetched
		same "IMG_1.HEIC image/jpeg
IMG_2.jpg image/png
IMG_3.HEIC video/mp4
IMG_5.m4v video/x-m4v
IMG_6.dng image/x-adobe-dng
IMG_7.mp4 image/jpeg
IMG_8.MOV image/png
MVIMG_4 image/jpeg" "$(jq -r '"\(.filename) \(.mimeType)"' fetched | sort)" "$kind"
		# a run that was killed here: what is staged says the same
		gp-index --new <list | gp-fetch >again
		same "$(jq -r '"\(.filename) \(.mimeType)"' fetched | sort)" "$(jq -r '"\(.filename) \(.mimeType)"' again | sort)"
		gp-hash <again | gp-index --record >stored
		same "IMG_1.HEIC image/jpeg" "$(gp-index --export | jq -r 'select(.filename == "IMG_1.HEIC") | "\(.filename) \(.mimeType)"')"
	done
}

# --- a tree that changed after it was listed --------------------------------

@test "takeout: a file of a tree that changed since it was listed is an error, and its other place is taken" {
	local changed
	jpeg() { printf '\377\330\377%s' "$1"; }
	jpeg "a picture" >picture
	jpeg "alone now" >alone
	for changed in "a picture, longer" "a PICTURE"; do
		rm -rf in
		archive_new
		parts tree <<-'END'
			1 Ezra/IMG_1.jpg = @picture
			1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
			1 Zoo/IMG_1.jpg = @picture
			1 Zoo/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
			1 Ezra/IMG_2.jpg = @alone
		END
		listed 0
		jpeg "$changed" >"in/Takeout/Google Photos/Ezra/IMG_1.jpg"
		jpeg "$changed" >"in/Takeout/Google Photos/Ezra/IMG_2.jpg"
		run -1 --separate-stderr gp-fetch <list
		same "IMG_1.jpg null IMG_1.jpg null IMG_2.jpg changed" "$(jq -r '"\(.filename) \(.error.code)"' <<<"$output" | sort | xargs)"
		cmp picture "$(jq -r 'select(.filename == "IMG_1.jpg").file' <<<"$output" | head -n 1)"
		has "$stderr" "another place has it too"
		has "$stderr" "than when it was listed; list it again"
	done
}

# --- packed again by a Mac ---------------------------------------------------

@test "takeout: what a Mac adds to an archive that it packs again is no photo" {
	local kind
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 Ezra/IMG_1.jpg = one
			1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
			1 /__MACOSX/Takeout/Google Photos/Ezra/._IMG_1.jpg = mac
			1 /__MACOSX/Takeout/Google Photos/Ezra/._IMG_1.jpg.json = mac
			1 /__MACOSX/Takeout/Google Photos/.DS_Store = mac
			1 /__MACOSX/._Takeout = mac
			1 /up/__MACOSX/._Takeout = mac
		END
		listed 0
		same "IMG_1.jpg [Ezra]" "$(items)" "$kind"
		has "$(cat said)" "7 members = 1 listed + 0 repeats + 1 sidecars + 0 album files + 5 left out (5 added by a computer)"
	done
	# a photo is one, whatever its folder is called
	rm -rf in
	parts zip <<-'END'
		1 __MACOSX/IMG_1.jpg = one
		1 Ezra/._IMG_2.jpg = two
	END
	listed 0
	same "._IMG_2.jpg [Ezra]
IMG_1.jpg [__MACOSX]" "$(items)"
}

# --- a folder of photos ------------------------------------------------------

@test "takeout: a folder of loose photos, with a subfolder, is no unpacked export" {
	mkdir -p in/sub
	echo one >in/IMG_1.jpg
	echo two >in/sub/IMG_2.jpg
	echo '{"title":"a","url":"https://example.org"}' >in/sub/package.json
	echo PK >in/music.zip
	listed 2
	same "" "$(cat list)"
	has "$(cat said)" "in: left out: it is no Google export; a folder of photos is listed as dir:$PWD/in"
	# one album of an unpacked export, or the folder above it, is
	mkdir -p "Takeout/Google Photos/Ezra" alone
	echo one >"Takeout/Google Photos/Ezra/IMG_1.jpg"
	for folder in "Takeout/Google Photos/Ezra" "Takeout/Google Photos" Takeout; do
		same "IMG_1.jpg" "$(gp-list "takeout:$folder" | jq -r .filename)"
	done
	echo one >alone/IMG_1.jpg
	echo '{"title":"IMG_1.jpg","photoTakenTime":{"timestamp":"1577836800"}}' >alone/IMG_1.jpg.json
	same "IMG_1.jpg" "$(gp-list takeout:alone | jq -r .filename)"
}
