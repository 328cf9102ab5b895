/* A link as a QR code, for the phone in the hand. */
#ifndef GP_LIST_GOOGLE_QR_H
#define GP_LIST_GOOGLE_QR_H

/* Draws TEXT on stderr with qrencode, where that is installed. */
void qr_show(const char *text);

#endif
