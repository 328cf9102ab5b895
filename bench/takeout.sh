# shellcheck shell=bash
# gp on a Takeout export beside what a user would do with it: unpack it, take
# the sums of everything, sync. And its listing beside bsdtar's.

takeout_fresh() {
	rm -rf "$S/unpacked"
	archive_new "$S/archive"
	mkdir -p "$S/unpacked"
	sync
}

# takeout_import KIND: the main job on the export
takeout_import() {
	seconds bash -o pipefail -c "export GP_ARCHIVE=$S/archive
		gp-list takeout:$S/$1 | gp-index --new | gp-fetch | gp-hash | gp-index --record && sync"
}

takeout_unzip() {
	seconds bash -o pipefail -c "for part in $S/zip/*.zip; do unzip -qo \$part -d $S/unpacked; done
		find $S/unpacked -type f -print0 | xargs -0 sha256sum && sync"
}

takeout_untar() {
	seconds bash -o pipefail -c "for part in $S/tgz/*.tgz; do tar -xzf \$part -C $S/unpacked; done
		find $S/unpacked -type f -print0 | xargs -0 sha256sum && sync"
}

# what no import can go below: the same bytes once to the disk
takeout_write() {
	seconds bash -c "cat $S/zip/*.zip >$S/unpacked/all && sync"
}

takeout_import_zip() { takeout_import zip; }
takeout_import_tgz() { takeout_import tgz; }

# the listing, read for the first time
takeout_forget() {
	archive_new "$S/listed"
}

takeout_list() {
	seconds gp-list -C "$S/listed" "takeout:$S/$kind"
}

takeout_bsdtar() {
	seconds bash -c "for part in $S/$kind/*; do bsdtar -tvf \$part; done"
}

# 100 new photos beside the 10,000 that are stored: what the second import
# takes of the first
takeout_more() {
	local i first=() more=()
	for ((i = 0; i < PAIRS; i++)); do
		takeout_fresh
		rm -f "$S"/zip/takeout-20260301*
		first+=("$(takeout_import zip | cut -d' ' -f1)")
		python3 tests/takeout-big.py zip "$S/zip" 100 1 "$size" 20260301T000000Z
		sync
		more+=("$(takeout_import zip | cut -d' ' -f1)")
		awk -v a="${more[i]}" -v b="${first[i]}" 'BEGIN { print a / b }' >>"$S/more"
	done
	rm -f "$S"/zip/takeout-20260301*
	echo "$(printf '%s\n' "${more[@]}" | median) $(printf '%s\n' "${first[@]}" | median) $(median <"$S/more")"
}

# takeout_again: the second run over archives that have not changed, beside the first
takeout_again() {
	local i first again=()
	takeout_fresh
	first=$(takeout_import zip | cut -d' ' -f1)
	for ((i = 0; i < PAIRS; i++)); do
		again+=("$(takeout_import zip | cut -d' ' -f1)")
	done
	printf '%s\n' "${again[@]}" | median |
		awk -v first="$first" '{ print $1, first, $1 / first }'
}

bench_takeout() {
	local kind n size=200000
	n=$(scaled 10000)
	for kind in zip tgz; do
		python3 tests/takeout-big.py "$kind" "$S/$kind" "$n" 4 "$size"
	done
	pairs 1 takeout_fresh takeout_import_zip takeout_unzip |
		row "first import of $n photos, zip / unzip, sha256sum, sync" "0.5"
	pairs 1 takeout_fresh takeout_write takeout_unzip |
		row "the bytes of the zips written once, sync / unzip, sha256sum, sync" ""
	pairs 1 takeout_fresh takeout_import_tgz takeout_untar |
		row "first import of $n photos, tgz / tar, sha256sum, sync" "0.5"
	kind=zip
	pairs 1 takeout_forget takeout_list takeout_bsdtar | row "listing, zip / bsdtar -tvf" "3"
	kind=tgz
	pairs 1 takeout_forget takeout_list takeout_bsdtar | row "listing, tgz / bsdtar -tvf" "1.3"
	takeout_again | row "second run over $n unchanged photos / first import" "1 s"
	takeout_more | row "import of 100 new / first import of $n" "0.03"
	rm -rf "$S/zip" "$S/tgz" "$S/archive" "$S/unpacked" "$S/listed" "$S/more"
}
