#!/usr/bin/env bats
# gp-list takeout: every file of an export, with its own sidecar and album.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load takeout

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# each FILTER: of every record, sorted
each() {
	jq -r "$1" list | sort
}

# items: "name album creationTime" of every record
items() {
	each '"\(.filename) [\(.album.title // "")] \(.creationTime // "-")"'
}

@test "takeout: each name in the table finds its sidecar, and no other" {
	python3 "$TESTS/takeout-names.py" make "$DATA/takeout-names.tsv" in
	listed 0
	run -0 python3 "$TESTS/takeout-names.py" check "$DATA/takeout-names.tsv" list
	rows=$(grep -vcE '^(#|$)' "$DATA/takeout-names.tsv")
	same "$rows rows, 0 wrong" "$output"
}

@test "takeout: one record, each member as it should be" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = a picture
		1 Ezra/IMG_1.jpg.supplemental-metadata.json = {"title": "IMG_1.jpg", "photoTakenTime": {"timestamp": "1577836800"}, "url": "https://photos.google.com/photo/AF1QipA", "people": [{"name": "Ezra \"E\" "}], "n": 1.10}
		1 Photos from 2020/IMG_1.jpg = a picture
		1 Photos from 2020/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1577836800 AF1QipA
	END
	listed 0
	part=$PWD/in/takeout-20260301T040000Z-001.zip
	same "$(command jq -ncS --arg url "file://$part" '{
		id: "takeout:https://photos.google.com/photo/AF1QipA#9-dfd073e8",
		source: "takeout", album: {id: "Ezra", title: "Ezra"},
		mimeType: "image/jpeg", original: "yes", size: 9,
		url: $url, member: "Takeout/Google Photos/Ezra/IMG_1.jpg",
		alt: [{url: $url, member: "Takeout/Google Photos/Photos from 2020/IMG_1.jpg"}],
		filename: "IMG_1.jpg", creationTime: "2020-01-01T00:00:00Z", urlTime: "2026-03-01T04:00:00Z",
		metadata: {title: "IMG_1.jpg", photoTakenTime: {timestamp: "1577836800"},
			url: "https://photos.google.com/photo/AF1QipA",
			people: [{name: "Ezra \"E\" "}], n: 1.10}}')" "$(command jq -cS . list)"
	grep -q '"n":1.10' list # to the letter
	same "5 = 1 + 1 + 2 + 1 + 0" "$(balance)"
}

@test "takeout: sidecars lie in other parts, before and after their photos" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/IMG_2.jpg = two
		2 Ezra/IMG_1.jpg = one
		2 Ezra/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 B
		3 Ezra/metadata.json = album Ezra
	END
	listed 0
	same "IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z
IMG_2.jpg [Ezra] 2020-01-01T00:00:01Z" "$(items)"
	same "IMG_2.jpg IMG_1.jpg" "$(jq -r .filename list | xargs)"
}

@test "takeout: the same, as tgz" {
	parts tgz <<-'END'
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/IMG_2.jpg = two
		2 Ezra/IMG_1.jpg = one
		2 Ezra/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 B
		2 Photos from 2020/IMG_1.jpg = one
		2 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		3 Ezra/metadata.json = album Ezra
	END
	listed 0
	same "IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z
IMG_2.jpg [Ezra] 2020-01-01T00:00:01Z" "$(items)"
	same "7 = 2 + 1 + 3 + 1 + 0" "$(balance)"
}

@test "takeout: a zip, a tgz and an unpacked tree give the same items" {
	cat >spec <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/unknown.xyz = something else
		2 Photos from 2020/IMG_2.jpg = two
		2 Photos from 2020/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B
	END
	for kind in zip tgz tree; do
		parts "$kind" 20260301T040000Z "in.$kind" <spec
		gp-list "takeout:in.$kind" >"$kind" 2>said
		# a tree has the time at which it was unpacked
		jq -c 'del(.url, .member, .urlTime)' "$kind" | sort >"$kind.sorted"
	done
	[ "$(wc -l <zip)" -eq 3 ]
	same "$(cat zip.sorted)" "$(cat tgz.sorted)"
	same "$(cat zip.sorted)" "$(cat tree.sorted)"
	same "file://$PWD/in.tree/Takeout/Google%20Photos/Ezra/IMG_1.jpg null" \
		"$(jq -r 'select(.filename == "IMG_1.jpg") | "\(.url) \(.member)"' tree)"
}

@test "takeout: every byte that is not JSON or HTML is listed" {
	parts zip <<-'END'
		1 /Takeout/archive_browser.html = <html>
		1 print-subscriptions.json = {"externalOrderId":"1"}
		1 shared_album_comments.json = {"comments":[]}
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.dng = raw
		1 Ezra/no-extension = what
		1 Ezra/nested.zip = PK
		1 Ezra/broken.jpg.json = {"title":
		1 Ezra/broken.jpg = text photo whose sidecar is broken
		1 lying in the root.jpg = root
	END
	listed 0
	same "IMG_1.dng [Ezra] -
broken.jpg [Ezra] -
lying in the root.jpg [] -
nested.zip [Ezra] -
no-extension [Ezra] -" "$(items)"
	same "10 = 5 + 0 + 0 + 1 + 4" "$(balance)"
	has "$(cat said)" "(1 HTML, 2 JSON about no photo, 1 unreadable JSON)"
	has "$(cat said)" "broken.jpg.json: left out: this is no JSON"
	has "$(cat said)" "5 listed without a sidecar"
}

@test "takeout: albums by their own JSON in any language, year folders, plain folders" {
	parts zip <<-'END'
		1 /Takeout/Google Foto/Sommer 2020/Metadaten.json = album Sommer 2020
		1 /Takeout/Google Foto/Sommer 2020/a.jpg = a
		1 /Takeout/Google Foto/Sommer 2020/a.jpg.json = photo a.jpg 1593561600 A
		1 /Takeout/Google Foto/Fotos von 2020/a.jpg = a
		1 /Takeout/Google Foto/Fotos von 2020/a.jpg.json = photo a.jpg 1593561600 A
		1 /Takeout/Google Foto/Fotos von 2020/b.jpg = b
		1 /Takeout/Google Foto/Fotos von 2020/b.jpg.json = photo b.jpg 1577833200 B
		1 /Takeout/Google Foto/Weihnachten_ Oma/metadati.json = album Weihnachten: Oma
		1 /Takeout/Google Foto/Weihnachten_ Oma/c.jpg = c
		1 /Takeout/Google Foto/Альбом/метаданные.json = {"albumData":{"title":"Альбом"}}
		1 /Takeout/Google Foto/Альбом/d.jpg = d
		1 /Takeout/Google Foto/Ohne Datei/e.jpg = e
		1 /Takeout/Google Foto/Classe de 1999/f.jpg = f
		1 /Takeout/Google Foto/Classe de 1999/f.jpg.json = photo f.jpg 1593561600 F
		1 /Takeout/Google Foto/Untitled(2)/métadonnées.json = {"title":""}
		1 /Takeout/Google Foto/Untitled(2)/g.jpg = g
		1 /Takeout/Google Foto/Archiv/h.jpg = h
		1 /Takeout/Google Foto/Archiv/h.jpg.json = photo h.jpg 1593561600 H {"archived":true}
	END
	listed 0
	same "a.jpg [Sommer 2020] 2020-07-01T00:00:00Z
b.jpg [] 2019-12-31T23:00:00Z
c.jpg [Weihnachten: Oma] -
d.jpg [Альбом] -
e.jpg [Ohne Datei] -
f.jpg [Classe de 1999] 2020-07-01T00:00:00Z
g.jpg [Untitled(2)] -
h.jpg [] 2020-07-01T00:00:00Z" "$(items)"
}

# in_language ROOT YEARS ALBUM-FILE EDITED TRASH: an export in a language, in two
# parts, and one two months later that has the album without its own file
in_language() {
	local root=$1 years=$2 file=$3 edited=$4 trash=$5
	parts zip 20260101T040000Z <<-END
		1 /Takeout/$root/Ezra_ 2/$file.json = album Ezra: 2
		1 /Takeout/$root/Ezra_ 2/IMG_1.jpg = one
		2 /Takeout/$root/Ezra_ 2/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1593561600 A
		2 /Takeout/$root/$years 2020/IMG_1.jpg = one
		1 /Takeout/$root/$years 2020/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1593561600 A
		2 /Takeout/$root/$years 2020/IMG_1$edited.jpg = one, brighter
		1 /Takeout/$root/$trash/IMG_9.jpg = nine
		2 /Takeout/$root/$trash/IMG_9.jpg.json = photo IMG_9.jpg 1593561600 I {"trashed":true}
	END
	parts tgz <<-END
		1 /Takeout/$root/Ezra_ 2/IMG_2.jpg = two
		2 /Takeout/$root/Ezra_ 2/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1593561601 B
		2 /Takeout/$root/$years 2020/IMG_2.jpg = two
		1 /Takeout/$root/$years 2020/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1593561601 B
	END
	listed 0
	same "IMG_1$edited.jpg [Ezra: 2] 2020-07-01T00:00:00Z
IMG_1.jpg [Ezra: 2] 2020-07-01T00:00:00Z
IMG_2.jpg [Ezra: 2] 2020-07-01T00:00:01Z" "$(items)"
	same "8 = 2 + 1 + 3 + 1 + 1
4 = 1 + 1 + 2 + 0 + 0" "$(balance)"
}

@test "takeout: exports in French" {
	in_language "Google Photos" "Photos de" métadonnées -modifié Corbeille
}

@test "takeout: exports in German" {
	in_language "Google Fotos" "Fotos von" Metadaten -bearbeitet Papierkorb
}

@test "takeout: exports in Italian" {
	in_language "Google Foto" "Foto da" metadati -modificato Cestino
}

@test "takeout: exports in Russian" {
	in_language "Google Фото" "Фото за" метаданные -отредактировано Корзина
}

@test "takeout: what a year folder is follows from the sidecars, else from EXIF" {
	python3 "$TESTS/media-file.py" jpeg exif.jpg --original '2022:06:07 08:09:10' --offset +02:00
	wanted="IMG_1.jpg [] 2020-07-01T00:00:00Z
IMG_2.jpg [] 2022-06-07T06:09:10Z"
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 Photos from 2020/IMG_1.jpg = @exif.jpg
			1 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1593561600 A
			1 Photos from 2022/IMG_2.jpg = @exif.jpg
		END
		listed 0
		same "$wanted" "$(items)" "$kind"
	done
}

@test "takeout: a later export without the album's JSON keeps the album" {
	parts zip 20260101T040000Z <<-'END'
		1 Weihnachten_ Oma/metadata.json = album Weihnachten: Oma
		1 Weihnachten_ Oma/IMG_1.jpg = one
		1 Weihnachten_ Oma/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	parts zip <<-'END'
		1 Weihnachten_ Oma/IMG_2.jpg = two
		1 Weihnachten_ Oma/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B
	END
	listed 0
	wanted="IMG_1.jpg [Weihnachten: Oma] 2020-01-01T00:00:00Z
IMG_2.jpg [Weihnachten: Oma] 2020-01-01T00:00:00Z"
	same "$wanted" "$(items)"
	# and when the earlier export is long deleted
	rm in/takeout-20260101*
	listed 0
	same "$(tail -n 1 <<<"$wanted")" "$(items)"
	# an album that got a new title, though the old export is read again
	parts zip 20260501T040000Z <<-'END'
		1 Weihnachten_ Oma/metadata.json = album Oma
		1 Weihnachten_ Oma/IMG_3.jpg = three
	END
	listed 0
	same "IMG_2.jpg [Weihnachten: Oma] 2020-01-01T00:00:00Z
IMG_3.jpg [Oma] -" "$(items)"
}

@test "takeout: an edited photo in a later export is a new item of the same album" {
	parts zip 20260101T040000Z <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one, brighter
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/IMG_1-edited.jpg = one, edited
	END
	listed 0
	same "IMG_1-edited.jpg [Ezra] 2020-01-01T00:00:00Z
IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z
IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z" "$(items)"
	[ "$(jq -r .id list | sort -u | wc -l)" -eq 3 ]
}

@test "takeout: an edited photo that a later export has in its year folder alone stays in the album" {
	parts zip 20260101T040000Z <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Photos from 2020/IMG_2.jpg = two
		1 Photos from 2020/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B
	END
	parts zip <<-'END'
		1 Photos from 2020/IMG_1.jpg = one, brighter
		1 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Photos from 2020/IMG_1-edited.jpg = one, edited
		1 Photos from 2020/IMG_2.jpg = two, brighter
		1 Photos from 2020/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B
	END
	wanted="IMG_1-edited.jpg [Ezra]
IMG_1.jpg [Ezra]
IMG_1.jpg [Ezra]
IMG_2.jpg []
IMG_2.jpg []"
	listed 0
	same "$wanted" "$(items | cut -d ' ' -f 1,2)"
	cp list first
	listed 0
	same "$(cat first)" "$(cat list)"
	listed 0 --album ezra
	same "$(grep Ezra <<<"$wanted")" "$(items | cut -d ' ' -f 1,2)"
	# and when the earlier export is long deleted
	rm in/takeout-20260101*
	listed 0
	same "$(sed '2d;5d' <<<"$wanted")" "$(items | cut -d ' ' -f 1,2)"
	# but an album that a photo came to later is none of an earlier export
	parts zip 20260501T040000Z <<-'END'
		1 Oma/metadata.json = album Oma
		1 Oma/IMG_2.jpg = two, brighter
		1 Oma/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B
		1 Oma/IMG_1.jpg = one, best
		1 Oma/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	listed 0
	listed 0
	same "IMG_1-edited.jpg [Ezra]
IMG_1.jpg [Ezra]
IMG_1.jpg [Oma]
IMG_2.jpg [Oma]
IMG_2.jpg []" "$(items | cut -d ' ' -f 1,2)"
}

@test "takeout: a photo in two albums is two records of one item, each place in alt" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		2 Zoo/metadata.json = album Zoo
		2 Zoo/IMG_1.jpg = one
		2 Zoo/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		2 Photos from 2020/IMG_1.jpg = one
		2 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	listed 0
	same "IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z
IMG_1.jpg [Zoo] 2020-01-01T00:00:00Z" "$(items)"
	same 1 "$(jq -r .id list | sort -u | wc -l)"
	same "Ezra Zoo,Photos from 2020" "$(jq -r '"\(.member | split("/")[2]) \([.alt[].member | split("/")[2]] | join(","))"' list | sort -u)"
	same "8 = 1 + 2 + 3 + 2 + 0" "$(balance)"
	has "$(cat said)" "2 records, since an item in two albums is two"
}

@test "takeout: the album is known though the photo lies in the year folder alone" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Photos from 2020/IMG_1.jpg = one
		1 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		1 Ezra/IMG_2.jpg = two
		1 Photos from 2020/IMG_2.jpg = two
		1 Photos from 2020/IMG_2.jpg.json = photo IMG_2.jpg 1577836801 B
	END
	listed 0
	same "IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z
IMG_2.jpg [Ezra] 2020-01-01T00:00:01Z" "$(items)"
	same "7 = 2 + 1 + 3 + 1 + 0" "$(balance)"
}

@test "takeout: the same file in two parts of one export is one item" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		2 Ezra/IMG_1.jpg = one
		2 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	listed 0
	same "IMG_1.jpg [Ezra] 2020-01-01T00:00:00Z" "$(items)"
	same "takeout-20260301T040000Z-002.zip" "$(jq -r '.alt[0].url | split("/")[-1]' list)"
	same "4 = 1 + 1 + 2 + 0 + 0" "$(balance)"
}

@test "takeout: two different files of one name in one folder are both listed" {
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
		2 Ezra/IMG_1.jpg = other
	END
	listed 0
	[ "$(jq -r .id list | sort -u | wc -l)" -eq 2 ]
	same "3 = 2 + 0 + 1 + 0 + 0" "$(balance)"
}

@test "takeout: the trash is left out, unless --album names its folder" {
	parts zip <<-'END'
		1 Papierkorb/IMG_1.jpg = one
		1 Papierkorb/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A {"trashed":true}
		1 Papierkorb/IMG_2.jpg = no sidecar
		1 Photos from 2020/IMG_3.jpg = three
		1 Photos from 2020/IMG_3.jpg.json = photo IMG_3.jpg 1577836800 C
		1 Photos from 2020/IMG_4.jpg = four
		1 Photos from 2020/IMG_4.jpg.json = photo IMG_4.jpg 1577836800 D {"trashed":true}
	END
	listed 0
	same "IMG_3.jpg [] 2020-01-01T00:00:00Z" "$(items)"
	same "7 = 1 + 0 + 3 + 0 + 3" "$(balance)"
	has "$(cat said)" "3 in the trash"
	listed 0 --album papierkorb
	same "IMG_1.jpg [] 2020-01-01T00:00:00Z
IMG_2.jpg [] -
IMG_4.jpg [] 2020-01-01T00:00:00Z" "$(items)"
}

@test "takeout: what a partner shared is marked in metadata" {
	parts zip <<-'END'
		1 Photos from 2020/IMG_1.jpg = one
		1 Photos from 2020/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A {"googlePhotosOrigin":{"fromPartnerSharing":{}}}
		1 Photos from 2020/IMG_2.jpg = two
		1 Photos from 2020/IMG_2.jpg.json = photo IMG_2.jpg 1577836800 B {"googlePhotosOrigin":{"mobileUpload":{}}}
	END
	listed 0
	same 'IMG_1.jpg {"partner":true}
IMG_2.jpg null' "$(each '"\(.filename) \(.metadata.gp)"')"
}

@test "takeout: when it was taken: before 1970, never, nonsense" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/1.jpg = 1
		1 Ezra/1.jpg.json = photo 1.jpg -1000000000 A
		1 Ezra/2.jpg = 2
		1 Ezra/2.jpg.json = photo 2.jpg 0 B
		1 Ezra/3.jpg = 3
		1 Ezra/3.jpg.json = photo 3.jpg 99999999999999 C
		1 Ezra/4.jpg = 4
		1 Ezra/4.jpg.json = photo 4.jpg yesterday D
		1 Ezra/5.jpg = 5
		1 Ezra/5.jpg.json = photo 5.jpg -62135596800 E
		1 Ezra/6.jpg = 6
		1 Ezra/6.jpg.json = photo 6.jpg -1 F
		1 Ezra/7.mp4 = 7
		1 Ezra/7.mp4.json = photo 7.mp4 -2082844800 G
	END
	listed 0
	same "1.jpg [Ezra] 1938-04-24T22:13:20Z
2.jpg [Ezra] -
3.jpg [Ezra] -
4.jpg [Ezra] -
5.jpg [Ezra] -
6.jpg [Ezra] 1969-12-31T23:59:59Z
7.mp4 [Ezra] -" "$(items)"
}

@test "takeout: a photo whose sidecar has no date gets that of its EXIF" {
	python3 "$TESTS/media-file.py" jpeg exif.jpg --original '2021:06:07 08:09:10' --offset +02:00
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 Ezra/1.jpg = @exif.jpg
			1 Ezra/1.jpg.json = photo 1.jpg 0 A
			1 Ezra/2.jpg = @exif.jpg
		END
		listed 0
		same '1.jpg 2021-06-07T06:09:10Z "exif"
2.jpg 2021-06-07T06:09:10Z "exif"' "$(each '"\(.filename) \(.creationTime) \(.metadata.gp.timeFrom | tojson)"')"
		cp list first
		listed 0
		same "$(cat first)" "$(cat list)"
	done
}

@test "takeout: a photo that can't be asked for its date waits for the next run" {
	python3 "$TESTS/media-file.py" jpeg exif.jpg --original '2022:06:07 08:09:10' --offset +02:00
	parts zip <<-'END'
		1 Photos from 2022/IMG_1.jpg = @exif.jpg
		1 Photos from 2022/IMG_2.jpg = @exif.jpg
	END
	listed 0
	cp list first
	same "[] 2022-06-07T06:09:10Z" "$(items | cut -d ' ' -f 2- | sort -u)"
	# the listing of the part is there, the dates and the part are not
	rm "$GP_ARCHIVE/.gp/listings/takeout-times.ndjson"
	part=in/takeout-20260301T040000Z-001.zip
	cp -p "$part" whole
	head -c "$(stat -c %s whole)" /dev/zero >"$part"
	touch -r whole "$part"
	run -1 --separate-stderr gp-list takeout:in
	same "" "$output"
	same 1 "$(grep -c "001.zip: its photos can't be asked when they were taken: " <<<"$stderr")"
	cp -p whole "$part"
	listed 0
	same "$(cat first)" "$(cat list)"
}

@test "takeout: the sidecar's title is the name, where it is that file's own" {
	parts zip <<-'END'
		1 Ezra/abcdefghijklmnopqrstu-vwxyzabcde-fghijklmnopqrs.jpg = 1
		1 Ezra/abcdefghijklmnopqrstu-vwxyzabcde-fghijklmnopqr.json = photo abcdefghijklmnopqrstu-vwxyzabcde-fghijklmnopqrst-1.jpg 1577836800 A
		1 Ezra/27_06_12 - 1.mov = 2
		1 Ezra/27_06_12 - 1.mov.json = {"title":"27/06/12 - 1","url":"x"}
		1 Ezra/IMG_4.HEIC = 3
		1 Ezra/IMG_4.MP4 = 4
		1 Ezra/IMG_4.HEIC.json = photo IMG_4.HEIC 1577836800 D
		1 Ezra/IMG_4-edited.HEIC = 5
		1 Ezra/IMG_5(1).jpg = 6
		1 Ezra/IMG_5.jpg(1).json = photo IMG_5.jpg 1577836800 F
	END
	listed 0
	same "27_06_12 - 1.mov
IMG_4-edited.HEIC
IMG_4.HEIC
IMG_4.MP4
IMG_5.jpg
abcdefghijklmnopqrstu-vwxyzabcde-fghijklmnopqrst-1.jpg" "$(each .filename)"
}

@test "takeout: --album chooses albums, several, whatever their case; one that is not there is said" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Zoo/metadata.json = album Zoo
		1 Zoo/IMG_2.jpg = two
		1 Zoo/IMG_1.jpg = one
		1 Berge/IMG_3.jpg = three
	END
	listed 0 --album ezra
	same "IMG_1.jpg [Ezra] -" "$(items)"
	same "6 = 1 + 1 + 0 + 2 + 2" "$(balance)"
	has "$(cat said)" "2 not in the chosen albums"
	listed 0 --album Zoo --album Berge
	same "IMG_1.jpg [Zoo] -
IMG_2.jpg [Zoo] -
IMG_3.jpg [Berge] -" "$(items)"
	run -1 --separate-stderr gp-list --album Ezra --album Erza takeout:in
	has "$stderr" "no album Erza"
	same 1 "$(wc -l <<<"$output")"
	run -2 --separate-stderr gp-list --album Erza takeout:in
	has "$stderr" "nothing found"
	run -0 gp-list --allow-empty --album Zoo takeout:in
}

@test "takeout: an album that earlier exports had is not missed in one that brings nothing of it" {
	parts zip 20260101T040000Z <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Zoo/metadata.json = album Zoo
		1 Zoo/IMG_2.jpg = two
	END
	gp-list --album Ezra --album Zoo takeout:in >list
	rm in/*
	parts zip 20260301T040000Z <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_3.jpg = three
	END
	run -0 --separate-stderr gp-list --album Ezra --album zoo takeout:in
	same IMG_3.jpg "$(jq -r .filename <<<"$output")"
	has "$stderr" "nothing of album zoo is in these exports"
	run -1 --separate-stderr gp-list --album Ezra --album Zooo takeout:in
	has "$stderr" "there is no album Zooo in these exports, nor is one known of earlier ones"
}

@test "takeout: --albums lists the albums of all exports, each with its count" {
	parts zip 20260101T040000Z <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Leer/metadata.json = album Leer
		1 Photos from 2020/IMG_1.jpg = one
		1 Photos from 2020/IMG_9.jpg = nine
		1 Photos from 2020/IMG_9.jpg.json = photo IMG_9.jpg 1577836800 I
	END
	parts zip <<-'END'
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_2.jpg = two
	END
	run -0 --separate-stderr gp-list --albums takeout:in
	same 'Ezra Ezra 2 takeout protected
Leer Leer 0 takeout protected' "$(jq -r '"\(.id) \(.title) \(.items) \(.source) \(.metadata.access)"' <<<"$output")"
}

@test "takeout: --limit stops, and the balance still adds up" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_2.jpg = two
		1 Ezra/IMG_3.jpg = three
	END
	listed 0 --limit 2
	same 2 "$(wc -l <list)"
	same "4 = 2 + 0 + 0 + 1 + 1" "$(balance)"
}

@test "takeout: the parts of a hostile export: hostile names are names, no more" {
	parts zip <<-'END'
		1 /../../etc/cron.d/evil.jpg = one
		1 //etc/passwd.jpg = two
		1 Ezra/IMG_1.jpg = three
		1 Ezra/%s%n"';$(id).jpg = four
	END
	gp-list takeout:in >list 2>said || [ $? -eq 1 ]
	has "$(items)" "IMG_1.jpg [Ezra] -"
	has "$(items)" "%s%n\"';\$(id).jpg [Ezra] -"
	same null "$(jq -s '[.[] | select(.filename | contains("/"))][0]' list)"
	[ ! -e ../etc ]
}

@test "takeout: nothing to list is said, exit 2" {
	mkdir in
	run -2 --separate-stderr gp-list takeout:in
	[ -n "$stderr" ]
	run -2 --separate-stderr gp-list takeout:not-there
	has "$stderr" "not-there"
	run -2 --separate-stderr gp-list takeout:
	has "$stderr" "a path is missing"
}

@test "takeout: a second run opens no part, and says the same" {
	parts zip <<-'END'
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg = one
		1 Ezra/IMG_1.jpg.json = photo IMG_1.jpg 1577836800 A
	END
	listed 0
	cp list first
	ASAN_OPTIONS=$NO_LEAKS strace -f -e trace=openat,open -o trace gp-list takeout:in >list 2>said
	same "$(cat first)" "$(cat list)"
	has_not "$(cat trace)" "001.zip\""
}
