# What the tests of gp-index share: an archive filled by gp-index --record.
# shellcheck shell=bash

index_setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	staging=$GP_ARCHIVE/.gp/staging
	mkdir -p "$staging"
	quarter=$(this_quarter)
	title=Ezra
	folder=ezra-$quarter
	index=$GP_ARCHIVE/.gp/index.db
}

# staged ID FILENAME CONTENT [JQ-EXPRESSION]: stages a file, prints its record, of
# the album $title
staged() {
	local key=$BATS_TEST_TMPDIR/staged.key content=$BATS_TEST_TMPDIR/staged.content file sum
	printf '%s\0%s' "$1" "$2" >"$key"
	printf '%s' "$3" >"$content"
	{ read -r file _ && read -r sum _; } < <(sha256sum "$key" "$content")
	file=$staging/$file
	printf '%s' "$3" >"$file"
	jq -nc --arg id "$1" --arg f "$2" --arg file "$file" --arg sum "$sum" --arg t "$title" \
		--argjson n "${#3}" '{id: $id, source: "dir", filename: $f, album: {id: $t, title: $t},
		  file: $file, size: $n, sha256: $sum} | '"${4:-.}"
}

# fill: three files, of which c is in no album
fill() {
	{
		staged a A.jpg alpha '.creationTime = "2020-05-01T10:00:00Z" | .mimeType = "image/jpeg"
			| .metadata = {n: 1.10, big: 12345678901234567890}'
		staged b B.jpg bravo '.creationTime = "2019-05-01T10:00:00Z" | .original = "yes"'
		staged c C.mp4 charlie 'del(.album)'
	} | gp-index --record >stored.ndjson
}

# lose: the index
lose() {
	rm "$index"*
}
