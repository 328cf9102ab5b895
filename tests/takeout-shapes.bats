#!/usr/bin/env bats
# gp-list takeout: exports as people have them: in languages whose year folders
# are called otherwise, with other products beside Photos, unpacked by a Mac.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load takeout

STAMP=20260901T101010Z

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# lists ITEMS BALANCE: what in/ gives, as lines "name [album] time url"
lists() {
	gp-list takeout:in >list 2>said
	same "$1" "$(jq -r '"\(.filename) [\(.album.title // "")] \(.creationTime // "-") \(.metadata.url // "-" | sub(".*/"; ""))"' list | sort)"
	has "$(cat said)" "$2"
}

@test "takeout: year folders whose year comes first, in the middle or last" {
	local n=0 shape
	for shape in "% yılına ait fotoğraflar" "%年的照片" "%年の写真" "% 年の写真" "Foto's uit %" "写真 % 年"; do
		n=$((n + 1))
		for kind in zip $([ "$n" -gt 1 ] || echo tree); do
			rm -rf in
			parts "$kind" <<-END
				1 /Takeout/Google Photos/${shape/\%/2019}/IMG_1.jpg = one
				1 /Takeout/Google Photos/${shape/\%/2019}/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
				1 /Takeout/Google Photos/${shape/\%/2020}/IMG_2.jpg = two
				1 /Takeout/Google Photos/${shape/\%/2020}/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1591536000 b
				1 /Takeout/Google Photos/Tatil/IMG_1.jpg = one
				1 /Takeout/Google Photos/Tatil/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
				1 /Takeout/Google Photos/Tatil/meta veriler.json = album Tatil
			END
			lists "IMG_1.jpg [Tatil] 2019-06-08T13:20:00Z a
IMG_2.jpg [] 2020-06-07T13:20:00Z b" "7 members = 2 listed + 1 repeats + 3 sidecars + 1 album files + 0 left out"
		done
	done
	[ "$n" -eq 6 ]
}

@test "takeout: an album that ends in a year is an album beside the year folders, with or without its JSON" {
	local json
	for json in "" "1 Chengdu City 2009/metadata.json = album Chengdu City 2009"; do
		rm -rf in
		parts zip <<-END
			1 Photos from 2009/IMG_3397.JPG = c
			1 Photos from 2009/IMG_3397.JPG.supplemental-metadata.json = photo IMG_3397.JPG 1258375918 c
			1 Photos from 2010/IMG_1.JPG = d
			1 Photos from 2010/IMG_1.JPG.supplemental-metadata.json = photo IMG_1.JPG 1289911918 d
			1 Chengdu City 2009/IMG_3397.JPG = c
			1 Chengdu City 2009/IMG_3397.JPG.supplemental-metadata.json = photo IMG_3397.JPG 1258375918 c
			$json
		END
		lists "IMG_1.JPG [] 2010-11-16T12:51:58Z d
IMG_3397.JPG [Chengdu City 2009] 2009-11-16T12:51:58Z c" "2 listed + 1 repeats + 3 sidecars"
	done
}

@test "takeout: of one year only, the folder with a word for photos is the year's" {
	parts tgz <<-'END'
		1 Fotos von 2009/IMG_1.jpg = c
		1 Fotos von 2009/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1258375918 c
		1 Chengdu City 2009/IMG_1.jpg = c
	END
	lists "IMG_1.jpg [Chengdu City 2009] 2009-11-16T12:51:58Z c" "1 listed + 1 repeats + 1 sidecars"
	# two trips and one year
	rm -rf in
	parts tgz <<-'END'
		1 Trip 2009/IMG_1.jpg = c
		1 Trip 2009/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1258375918 c
		1 Trip 2010/IMG_2.jpg = d
		1 Trip 2010/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1289911918 d
		1 Photos from 2010/IMG_2.jpg = d
		1 Photos from 2010/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1289911918 d
	END
	lists "IMG_1.jpg [Trip 2009] 2009-11-16T12:51:58Z c
IMG_2.jpg [Trip 2010] 2010-11-16T12:51:58Z d" "2 listed + 1 repeats + 3 sidecars"
}

@test "takeout: where no folder is called as others are but for the year, one with a year in its name is an album" {
	local kind
	for kind in zip tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 Chengdu City 2009/IMG_1.jpg = c
			1 Chengdu City 2009/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1258375918 c
			1 Ezra/IMG_2.jpg = d
			1 Ezra/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1289911918 d
		END
		lists "IMG_1.jpg [Chengdu City 2009] 2009-11-16T12:51:58Z c
IMG_2.jpg [Ezra] 2010-11-16T12:51:58Z d" "2 listed + 0 repeats + 2 sidecars"
	done
	# and what Google calls so is the year's, though nothing in it is dated
	rm -rf in
	parts zip <<-'END'
		1 Photos from 2009/scan.png = c
	END
	lists "scan.png [] - -" "1 listed + 0 repeats + 0 sidecars"
	# but not where another so called has photos of its year
	parts zip <<-'END'
		1 Fotos de 2009/scan.png = c
		1 Photos from 2010/IMG_2.jpg = d
		1 Photos from 2010/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1289911918 d
	END
	lists "IMG_2.jpg [] 2010-11-16T12:51:58Z d
scan.png [Fotos de 2009] - -" "2 listed + 0 repeats + 1 sidecars"
}

@test "takeout: albums of more years than there are year folders are albums, where Google's name is known" {
	local years
	for years in "Photos from %" "Fotos von %" "% yılına ait fotoğraflar" "%年の写真" "Foton från %"; do
		rm -rf in
		parts zip <<-END
			1 Trip 2019/IMG_1.jpg = a
			1 Trip 2019/IMG_1.jpg.json = photo IMG_1.jpg 1560000000 a
			1 Trip 2020/IMG_2.jpg = b
			1 Trip 2020/IMG_2.jpg.json = photo IMG_2.jpg 1591536000 b
			1 Trip 2021/IMG_3.jpg = c
			1 Trip 2021/IMG_3.jpg.json = photo IMG_3.jpg 1623072000 c
			1 Trip 2022/IMG_6.jpg = f
			1 Trip 2022/IMG_6.jpg.json = photo IMG_6.jpg 1654608000 f
			1 Foto 2020/IMG_4.jpg = d
			1 Foto 2021/IMG_5.jpg = e
			1 ${years/\%/2020}/IMG_2.jpg = b
			1 ${years/\%/2020}/IMG_2.jpg.json = photo IMG_2.jpg 1591536000 b
		END
		lists "IMG_1.jpg [Trip 2019] 2019-06-08T13:20:00Z a
IMG_2.jpg [Trip 2020] 2020-06-07T13:20:00Z b
IMG_3.jpg [Trip 2021] 2021-06-07T13:20:00Z c
IMG_4.jpg [Foto 2020] - -
IMG_5.jpg [Foto 2021] - -
IMG_6.jpg [Trip 2022] 2022-06-07T13:20:00Z f" "6 listed + 1 repeats + 5 sidecars"
	done
}

@test "takeout: of a whole account's export only Photos is listed, the rest is counted product by product" {
	cat >spec <<-'END'
		1 /Takeout/archive_browser.html = <html>
		1 /Takeout/Google Photos/Photos from 2019/IMG_1.jpg = a
		2 /Takeout/Google Photos/Photos from 2019/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
		1 /Takeout/Keep/Shopping.json = {"color":"DEFAULT","isTrashed":false,"textContent":"milk","title":"Shopping"}
		1 /Takeout/Keep/Shopping.html = <html>
		1 /Takeout/Keep/1a2b.png = keep
		2 /Takeout/Drive/Tax 2019.pdf = %PDF-1.4 tax
		1 /Takeout/Mail/All mail Including Spam and Trash.mbox = From 1@xxx
		1 /Takeout/YouTube and YouTube Music/videos/clip.mp4 = clip
		1 /Takeout/My Activity/Search/MyActivity.json = [{"header":"Search"}]
		1 /Takeout/Contacts/All Contacts/All Contacts.vcf = BEGIN:VCARD
	END
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <spec
		lists "IMG_1.jpg [] 2019-06-08T13:20:00Z a" "11 members = 1 listed + 0 repeats + 1 sidecars + 0 album files + 9 left out (1 HTML, 8 of other products: Contacts 1, Drive 1, Keep 3, Mail 1, My Activity 1, YouTube and YouTube Music 1)"
		same "" "$(gp-list --albums takeout:in 2>/dev/null)"
	done
}

@test "takeout: photos in folders of a person's own making are no other product" {
	# sorted by hand: albums where products would be
	parts tree <<-'END'
		1 /Takeout/Ezra/IMG_1.jpg = a
		1 /Takeout/Ezra/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
		1 /Takeout/Zoo/IMG_2.jpg = b
	END
	lists "IMG_1.jpg [Ezra] 2019-06-08T13:20:00Z a
IMG_2.jpg [Zoo] - -" "2 listed"
	# an increment without a sidecar, in another language
	rm -rf in
	parts zip <<-'END'
		1 /Takeout/Google Fotoğraflar/Ezra/IMG_1.jpg = a
		1 /Takeout/Drive/letter.pdf = b
	END
	lists "IMG_1.jpg [Ezra] - -" "1 of other products: Drive 1"
}

@test "takeout: an export that a Mac or a browser unpacked is one, each part in a folder of its own at any depth" {
	local two three
	for two in "Takeout 2" "Takeout (1)" "Takeout - Copy" "Takeout - Copy (2)" "takeout-20260901T101010Z-002/Takeout" "a/b c/Takeout"; do
		three=${two/2/3}
		[ "$three" != "$two" ] || three=deep/er/Takeout
		rm -rf in
		parts tree <<-END
			1 /Takeout/archive_browser.html = <html>
			1 /Takeout/Google Photos/Trip to Rome/IMG_1.jpg = a
			1 /$two/Google Photos/Trip to Rome/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
			1 /$two/Google Photos/Photos from 2019/IMG_2.jpg = b
			1 /$three/Google Photos/Photos from 2019/IMG_2.jpg.supplemental-metadata.json = photo IMG_2.jpg 1560000001 b
			1 /$three/Google Photos/Trip to Rome/metadata.json = album Trip to Rome!
		END
		lists "IMG_1.jpg [Trip to Rome!] 2019-06-08T13:20:00Z a
IMG_2.jpg [] 2019-06-08T13:20:01Z b" "6 members = 2 listed + 0 repeats + 2 sidecars + 1 album files + 1 left out (1 HTML)"
	done
	# an album of that name is an album
	rm -rf in
	parts zip <<-'END'
		1 Takeout 2/IMG_1.jpg = a
	END
	lists "IMG_1.jpg [Takeout 2] - -" "1 listed"
}

@test "takeout: a live photo's clip whose sidecar has the still's title takes its own" {
	titled() {
		printf '{"title":"%s","photoTakenTime":{"timestamp":"%s"}%s}' "$1" "$2" "${3:+,\"url\":\"https://photos.google.com/photo/$3\"}"
	}
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-END
			1 P/IMG_7001.JPEG = 1
			1 P/IMG_7001.JPEG.supplemental-metadata.json = $(titled IMG_7001.JPEG 1560000000 a)
			1 P/IMG_7001.MP4 = 1 moves
			1 P/IMG_7001.MP4.supplemental-metadata.json = $(titled IMG_7001.JPEG 1560000001 b)
			1 P/IMG_7002.JPEG = 2
			1 P/IMG_7002.JPEG.supplemental-metadata.json = $(titled IMG_7002.JPEG 1560000100)
			1 P/IMG_7002.MP4 = 2 moves
			1 P/IMG_7002.MP4.supplemental-metadata.json = $(titled IMG_7002.JPEG 1560000101)
			1 P/IMG_7003.JPEG = 3
			1 P/IMG_7003.JPEG.supplemental-metadata.json = $(titled IMG_7003.JPEG 1560000200 c)
			1 P/IMG_7003.MP4 = 3 moves
			1 P/IMG_7003.MP4.supplemental-metadata.json = $(titled IMG_7003.JPEG 1560000200 c)
		END
		lists "IMG_7001.JPEG [P] 2019-06-08T13:20:00Z a
IMG_7001.MP4 [P] 2019-06-08T13:20:01Z b
IMG_7002.JPEG [P] 2019-06-08T13:21:40Z -
IMG_7002.MP4 [P] 2019-06-08T13:21:41Z -
IMG_7003.JPEG [P] 2019-06-08T13:23:20Z c
IMG_7003.MP4 [P] 2019-06-08T13:23:20Z c" "6 listed + 0 repeats + 6 sidecars"
	done
}

@test "takeout: a sidecar whose photo is nowhere is said by its name" {
	parts zip <<-'END'
		1 Photos from 2006/CIMG0409.AVI = a
		1 Photos from 2006/CIMG0409.AVI.supplemental-metadata.json = photo CIMG0409.AVI 1150000000 a
		1 Photos from 2006/CIMG0410.AVI.supplemental-metadata.json = photo CIMG0410.AVI 1150000001 b
		1 Photos from 2006/IMG_1.jpg = c
		1 Photos from 2006/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1150000009 c
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1150000009 c
	END
	lists "CIMG0409.AVI [] 2006-06-11T04:26:40Z a
IMG_1.jpg [Ezra] 2006-06-11T04:26:49Z c" "Photos from 2006/CIMG0410.AVI.supplemental-metadata.json is without its photo"
	has "$(cat said)" "1 sidecar is without its photo: is a part missing?"
	has "$(cat said)" "7 members = 2 listed + 0 repeats + 4 sidecars + 1 album files + 0 left out"
	# of a part by itself too
	gp-list takeout:"$(echo in/*.zip)" >list 2>said
	has "$(cat said)" "Photos from 2006/CIMG0410.AVI.supplemental-metadata.json is without its photo"
	has "$(cat said)" "1 sidecar is without its photo: in another part of the export?"
}

@test "takeout: what a NAS, a Mac and Windows leave in an unpacked tree is no photo" {
	local year="in/Takeout/Google Photos/Photos from 2019"
	parts tree <<-'END'
		1 Photos from 2019/IMG_1.jpg = a
		1 Photos from 2019/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
	END
	mkdir -p "$year/@eaDir/IMG_1.jpg"
	cp "$year/IMG_1.jpg" "$year/@eaDir/IMG_1.jpg/SYNOPHOTO_THUMB_XL.jpg"
	cp "$year/IMG_1.jpg" "$year/@eaDir/IMG_1.jpg/SYNOPHOTO_THUMB_M.jpg"
	printf '\0\5\26\7' | tee "$year/@eaDir/IMG_1.jpg@SynoEAStream" >"$year/._IMG_1.jpg"
	echo Bud1 >"$year/.DS_Store"
	echo thumbs >"$year/Thumbs.db"
	echo "[.ShellClassInfo]" >"$year/desktop.ini"
	lists "IMG_1.jpg [] 2019-06-08T13:20:00Z a" "9 members = 1 listed + 0 repeats + 1 sidecars + 0 album files + 7 left out (7 added by a computer)"
}

@test "takeout: JSON of another product that has some of a sidecar's members makes it no Photos, and is counted with it" {
	cat >spec <<-'END'
		1 /Takeout/Google Photos/Photos from 2019/IMG_1.jpg = a
		1 /Takeout/Google Photos/Photos from 2019/IMG_1.jpg.supplemental-metadata.json = photo IMG_1.jpg 1560000000 a
		1 /Takeout/Drive/site/link.json = {"url":"https://example.org"}
		1 /Takeout/Drive/site/both.json = {"title":"a","url":"b"}
		1 /Takeout/Drive/site/when.json = {"title":"a","photoTakenTime":"long ago"}
		1 /Takeout/Drive/both.json = {"title":"a","url":"https://photos.google.com/photo/a"}
		1 /Takeout/Drive/site/scan.jpg = scan
		1 /Takeout/Keep/note.json = {"title":"scan","creationTime":"2019"}
	END
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <spec
		lists "IMG_1.jpg [] 2019-06-08T13:20:00Z a" "8 members = 1 listed + 0 repeats + 1 sidecars + 0 album files + 6 left out (6 of other products: Drive 5, Keep 1)"
		has_not "$(cat said)" "without their photo"
	done
}

@test "takeout: a live photo's clip that is nowhere is said by its sidecar, though the still has the same address" {
	local title
	for title in IMG_7003.MP4 IMG_7003.JPEG; do
		rm -rf in
		parts zip <<-END
			1 P/IMG_7003.JPEG = 3
			1 P/IMG_7003.JPEG.supplemental-metadata.json = photo IMG_7003.JPEG 1560000200 c
			1 P/IMG_7003.MP4.supplemental-metadata.json = photo $title 1560000200 c
			1 Q/IMG_7003.JPEG.supplemental-metadata.json = photo IMG_7003.JPEG 1560000200 c
		END
		lists "IMG_7003.JPEG [P] 2019-06-08T13:23:20Z c
IMG_7003.JPEG [Q] 2019-06-08T13:23:20Z c" "P/IMG_7003.MP4.supplemental-metadata.json is without its photo"
		has "$(cat said)" "1 sidecar is without its photo: is a part missing?"
	done
}

@test "takeout: of sidecars without their photo each of the first 20 is named, the rest is counted" {
	local n
	for n in {10..32}; do
		echo "1 P/IMG_$n.jpg.json = photo IMG_$n.jpg 15600000$n $n"
	done >spec
	echo "1 P/IMG_1.jpg = a" >>spec
	parts zip <spec
	lists "IMG_1.jpg [P] - -" "23 sidecars are without their photos: is a part missing?"
	same 20 "$(grep -c "P/IMG_.*.jpg.json is without its photo" said)"
	has "$(cat said)" "P/IMG_10.jpg.json is without its photo"
	has "$(cat said)" "and 3 more sidecars"
}

@test "takeout: of a whole account's export without Photos nothing is listed, and that is said" {
	for kind in zip tgz tree; do
		rm -rf in
		parts "$kind" <<-'END'
			1 /Takeout/archive_browser.html = <html>
			1 /Takeout/Drive/Tax 2019.pdf = %PDF-1.4 tax
			1 /Takeout/Drive/scans/scan.jpg = scan
			1 /Takeout/Keep/note.json = {"title":"note","url":"https://example.org"}
			1 /Takeout/Mail/All mail.mbox = From 1@xxx
		END
		run -2 --separate-stderr gp-list takeout:in
		same "" "$output"
		has "$stderr" "there are no Google Photos in it"
		has "$stderr" "5 members = 0 listed + 0 repeats + 0 sidecars + 0 album files + 5 left out (1 HTML, 4 of other products: Drive 2, Keep 1, Mail 1)"
		has_not "$stderr" "without their photo"
	done
}

@test "takeout: Google Photos is known by its name in other languages, before or behind Google's" {
	local name
	for name in "Fotky Google" "Google Снимки" "Google Nuotraukos" "صور Google" "תמונות Google" "Google Fényképek"; do
		rm -rf in
		parts zip <<-END
			1 /Takeout/$name/Ezra/IMG_1.jpg = a
			1 /Takeout/Drive/letter.pdf = b
		END
		lists "IMG_1.jpg [Ezra] - -" "1 of other products: Drive 1"
	done
}
