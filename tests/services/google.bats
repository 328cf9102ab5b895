#!/usr/bin/env bats
# The stand-in for Google spells, counts, limits and refuses as Google does.
# builds: san
bats_require_minimum_version 1.5.0
load ../helper

setup_file() { google_start; }
teardown_file() { google_stop; }

# ask PATH [CURL ARGUMENTS...]: the answer, then its status on a last line
ask() {
	local path=$1
	shift
	curl -sS --cacert "$GP_CA_FILE" -H "Authorization: Bearer $(cat "$GOOGLE_DIR/token")" \
		-w '\n%{http_code}\n' "$GP_LIBRARY_URL$path" "$@"
}

body() { head -n -1 <<<"$output"; }
code() { tail -n 1 <<<"$output"; }

# field JQ-FILTER: of the answer
field() { body | jq -r "$1"; }

@test "stand-in: sizes are text in the Library API and numbers in the Picker's" {
	run ask /v1/mediaItems
	same "string string" "$(field '.mediaItems[0].mediaMetadata | "\(.width | type) \(.height | type)"')"
	google_set polls=0
	run ask /v1/sessions -X POST -d '{}'
	id=$(field .id)
	run ask "/v1/mediaItems?sessionId=$id"
	same "number number" "$(field '.mediaItems[0].mediaFile.mediaFileMetadata | "\(.width | type) \(.height | type)"')"
}

@test "stand-in: pages end where there is no token, and at most 100 items are on one" {
	google_set items=250
	run ask '/v1/mediaItems?pageSize=1000'
	same 100 "$(field '.mediaItems | length')"
	run ask "/v1/mediaItems?pageToken=$(field .nextPageToken)&pageSize=100"
	run ask "/v1/mediaItems?pageToken=$(field .nextPageToken)&pageSize=100"
	same "50 null" "$(field '"\(.mediaItems | length) \(.nextPageToken)"')"
}

@test "stand-in: 50 ids at most, none twice, and what is unknown is a status in its place" {
	run ask "/v1/mediaItems:batchGet?$(printf 'mediaItemIds=%s&' {1..51})"
	same "400 INVALID_ARGUMENT" "$(code) $(field .error.status)"
	run ask '/v1/mediaItems:batchGet?mediaItemIds=a&mediaItemIds=a'
	same 400 "$(code)"
	run ask '/v1/mediaItems:batchGet?mediaItemIds=a&mediaItemIds=b'
	same "200 2 5" "$(code) $(field '"\(.mediaItemResults | length) \(.mediaItemResults[0].status.code)"')"
}

@test "stand-in: albumId and filters together are refused" {
	run ask /v1/mediaItems:search -d '{"albumId":"x","filters":{"mediaTypeFilter":{}}}'
	same "400 INVALID_ARGUMENT" "$(code) $(field .error.status)"
}

@test "stand-in: no token, no answer; a token without the scope, 403" {
	run curl -sS --cacert "$GP_CA_FILE" "$GP_LIBRARY_URL/v1/albums"
	has "$output" UNAUTHENTICATED
	google_set denied=scope
	run ask /v1/albums
	same "403 PERMISSION_DENIED" "$(code) $(field .error.status)"
}

@test "stand-in: an album of the Google Photos app is not shown, only refused" {
	google_set foreign=1
	run ask /v1/albums
	same "200 {}" "$(code) $(body)"
	for code in 400 403 404; do
		google_set foreign_code=$code
		run ask /v1/mediaItems:search -d '{"albumId":"x"}'
		same "$code" "$(code)"
	done
}

@test "stand-in: nothing is picked before Done, and a deleted session is gone" {
	google_set polls=1
	run ask /v1/sessions -X POST -d '{}'
	id=$(field .id)
	same "null true" "$(field '"\(.mediaItemsSet) \(.pollingConfig.pollInterval | endswith("s"))"')"
	run ask "/v1/mediaItems?sessionId=$id"
	same "400 FAILED_PRECONDITION" "$(code) $(field .error.status)"
	run ask "/v1/sessions/$id"
	run ask "/v1/mediaItems?sessionId=$id"
	same 200 "$(code)"
	run ask "/v1/sessions/$id" -X DELETE
	run ask "/v1/sessions/$id"
	same "404 NOT_FOUND" "$(code) $(field .error.status)"
}

# link FILTER: the link of a library item
link() {
	ask /v1/mediaItems | head -n -1 | jq -r ".mediaItems[] | select($1) | .baseUrl"
}

fetch() {
	curl -sS --cacert "$GP_CA_FILE" -o "$BATS_TEST_TMPDIR/got" \
		-w '%{http_code} %{content_type} %{redirect_url}\n' "$@"
}

@test "stand-in: a video is a redirect to another host that ignores Range" {
	run fetch "$(link '.filename == "VID_0006.mp4"')=dv"
	[[ "$output" == "302 "*" https://127.0.0.3:"* ]]
	run fetch -r 100- "${output##* }"
	same "200 video/mp4 " "$output"
	cmp "$BATS_TEST_TMPDIR/got" "$DATA/album/VID_0006.mp4"
}

@test "stand-in: an old link is 403 with a picture, and a picker link wants the token" {
	photo=$(link '.filename == "IMG_0001.jpg"')
	run fetch "$photo=d"
	same "200 image/jpeg " "$output"
	google_set link_life=-1
	run fetch "$photo=d"
	same "403 image/png " "$output"
	google_set link_life=3600 polls=0
	id=$(ask /v1/sessions -X POST -d '{}' | head -n -1 | jq -r .id)
	picked=$(ask "/v1/mediaItems?sessionId=$id" | head -n -1 | jq -r '.mediaItems[0].mediaFile.baseUrl')
	run fetch "$picked=d"
	same "403 image/png " "$output"
	run fetch -H "Authorization: Bearer ya29.sample" "$picked=d"
	same "200 image/jpeg " "$output"
}

@test "stand-in: the sample album is what it says: photos with time and place, a video" {
	for file in "$DATA"/album/*; do
		case $file in
		*.jpg) same ffd8ff "$(od -An -tx1 -N3 "$file" | tr -d ' ')" ;;
		*.png) same 89504e47 "$(od -An -tx1 -N4 "$file" | tr -d ' ')" ;;
		*.heic) same ftypheic "$(head -c 12 "$file" | tail -c 8)" ;;
		*.mp4) same ftyp "$(head -c 8 "$file" | tail -c 4)" ;;
		*) fail "$file" ;;
		esac
	done
	# the motion photo has its film behind the picture
	grep -qa ftyp "$DATA/album/PXL_0005.MP.jpg"
	same 2024-05-01T10:20:30Z "$(gp-list "dir:$DATA/album" |
		jq -r 'select(.filename == "IMG_0001.jpg") | .creationTime')"
}
