/* Names for files and folders that ext4, btrfs, SMB and discs all can hold. */
#ifndef GP_LIB_NAME_H
#define GP_LIB_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_EXTENSION_MAX 20 /* bytes with the dot; a longer one is none */
#define NAME_MAX_BYTES 143 /* what eCryptfs on a Synology leaves of 255 */

/* TITLE in NFC, invalid UTF-8 replaced; the caller frees. */
char *name_nfc(const char *title);

/* NAME folded for comparison (NFC and case-folding); the caller frees. */
char *name_fold(const char *name);

/* An album's folder part: case-folded, letters and digits of any script kept,
 * runs of anything else one '-', none at the ends; "photos" if nothing is
 * left. At most 100 bytes. The caller frees. */
char *name_folder(const char *title);

/* A file name made of FILENAME (untrusted): last component, NFC, no control
 * bytes, none of / \ : * ? " < > |, no leading '-' or '.', no trailing '.' or
 * blank, no device name of Windows, at most NAME_MAX_BYTES with the extension
 * kept; "unnamed" if nothing is left. N > 0 puts "-N" before the extension.
 * The caller frees. */
char *name_file(const char *filename, unsigned n);

#endif
