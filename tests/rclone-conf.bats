#!/usr/bin/env bats
# The templates of contrib/rclone: rclone takes them, and the key can't destroy
# builds: san

bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	templates=$TESTS/../contrib/rclone
}

@test "rclone knows every setting of the templates" {
	local n=0
	for file in "$templates"/rclone.conf.*; do
		names=$(RCLONE_CONFIG=$file rclone listremotes --long)
		has "$names" crypt
		awk '$1 == "type" { print $3 }' "$file" | sort -u >types
		while IFS= read -r type; do
			rclone help backend "$type" >options
			awk -v type="$type" '/^\[/ { t = "" } $1 == "type" { t = $3; next }
				t == type && $2 == "=" { print $1 }' "$file" | sort -u >given
			while IFS= read -r option; do
				n=$((n + 1))
				grep -q -- "--$type-${option//_/-}" options || fail "$file: $option"
			done <given
		done <types
	done
	[ "$n" -gt 10 ] || fail "$n settings"
}

@test "the append-only key may add and read, and nothing that destroys" {
	policy=$templates/append-only-wasabi.json
	same '["Allow"]' "$(jq -c '[.Statement[].Effect] | unique' "$policy")"
	for action in s3:PutObject s3:GetObject s3:ListBucket; do
		jq -e --arg a "$action" 'any(.Statement[].Action[]; . == $a)' "$policy"
	done
	run jq -e 'any(.Statement[].Action[]; test("Delete|\\*|Policy|Lifecycle|Versioning|Retention|Bypass"))' "$policy"
	same 1 "$status"
}
