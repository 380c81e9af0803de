"""Mails as servers and people send them. `{to}` stands for our recipient, `{id}` for our Message-ID, `{from}` for who writes."""

POSTFIX = """\
Return-Path: <>
Received: by mx1.example.test (Postfix)\tid 4XyZ9k0abc; Mon, 23 Nov 2026 09:31:02 +0100 (CET)
Date: Mon, 23 Nov 2026 09:31:02 +0100 (CET)
From: MAILER-DAEMON@mx1.example.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: rdv@example.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4XyZ9k0abc.1795422662/mx1.example.test"
Message-Id: <4XyZ9k0def@mx1.example.test>

This is a MIME-encapsulated message.

--4XyZ9k0abc.1795422662/mx1.example.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx1.example.test.

<{to}>: host mx.example.net[192.0.2.7] said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown
    in virtual mailbox table (in reply to RCPT TO command)

--4XyZ9k0abc.1795422662/mx1.example.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.example.test
X-Postfix-Queue-ID: 4XyZ9k0abc
X-Postfix-Sender: rfc822; rdv@example.test
Arrival-Date: Mon, 23 Nov 2026 09:31:00 +0100 (CET)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User
    unknown in virtual mailbox table

--4XyZ9k0abc.1795422662/mx1.example.test
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <rdv@example.test>
From: Rendez-vous <rdv@example.test>
To: {to}
Subject: =?utf-8?q?Rendez-vous_du_1er_d=C3=A9cembre?=
Message-ID: {id}
Auto-Submitted: auto-generated
MIME-Version: 1.0

--4XyZ9k0abc.1795422662/mx1.example.test--
"""

POSTFIX_NO_DOMAIN = POSTFIX.replace("Status: 5.1.1", "Status: 5.4.4").replace(
    "Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address rejected: User\n    unknown in virtual mailbox table",
    "Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error for\n    name=gmial.example type=A: Host not found",
)
POSTFIX_DELAYED = POSTFIX.replace("Action: failed\nStatus: 5.1.1", "Action: delayed\nStatus: 4.4.1")
POSTFIX_EXPIRED = POSTFIX.replace("Status: 5.1.1", "Status: 4.4.1").replace(
    "smtp; 550 5.1.1", "X-Postfix; connect timed out"
)
POSTFIX_FULL = POSTFIX.replace("Status: 5.1.1", "Status: 5.2.2").replace("550 5.1.1", "552 5.2.2")
POSTFIX_SPAM = POSTFIX.replace("Status: 5.1.1", "Status: 5.7.1").replace("550 5.1.1", "550 5.7.1")

EXIM = """\
Return-path: <>
From: Mail Delivery System <Mailer-Daemon@smtp.example.test>
To: rdv@example.test
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=1795422662-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1sXyZ-0001ab-2c@smtp.example.test>
Date: Mon, 23 Nov 2026 09:31:02 +0100
References: {id}
X-Failed-Recipients: {to}

--1795422662-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

  {to}
    host mx.example.net [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<{to}>:
    550 5.1.1 unknown user

--1795422662-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; smtp.example.test

Action: failed
Final-Recipient: rfc822;{to}
Status: 5.0.0
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--1795422662-eximdsn-1804289383
Content-type: message/rfc822

Return-path: <rdv@example.test>
From: Rendez-vous <rdv@example.test>
To: {to}
Message-ID: {id}
Content-Type: text/plain; charset="utf-8"

Bonjour

--1795422662-eximdsn-1804289383--
"""

EXIM_OLDER = """\
Return-path: <>
X-Failed-Recipients: {to}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@smtp.example.test>
To: rdv@example.test
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1XyZ9k-0001ab-2c@smtp.example.test>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {to}
    SMTP error from remote mail server after RCPT TO:<{to}>:
    host mx.example.net [192.0.2.7]: 550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

Return-path: <rdv@example.test>
From: Rendez-vous <rdv@example.test>
To: {to}
Message-ID: {id}

Bonjour
"""

EXCHANGE = """\
From: Microsoft Outlook <postmaster@example.test>
To: "rdv@example.test" <rdv@example.test>
Date: Mon, 23 Nov 2026 09:31:02 +0100
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: fr-FR
Message-ID: <0a1b2c3d@PR0P264MB.FRAP264.PROD.OUTLOOK.COM>
In-Reply-To: {id}
References: {id}
Subject: =?utf-8?B?Tm9uIHJlbWlz?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="1b2c3d4e"

--1b2c3d4e
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

=C3=89chec de la remise =C3=A0 ces destinataires ou groupes :

--1b2c3d4e
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

PHA+w4ljaGVjPC9wPg==

--1b2c3d4e--

--0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9
Content-Type: message/delivery-status

Reporting-MTA: dns;PR0P264MB.FRAP264.PROD.OUTLOOK.COM
Received-From-MTA: dns;mx1.example.test
Arrival-Date: Mon, 23 Nov 2026 08:31:00 +0000

Original-Recipient: rfc822;{to}
Final-Recipient: rfc822;{to}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9
Content-Type: message/rfc822

Received: from mx1.example.test (2001:db8::1)
From: Rendez-vous <rdv@example.test>
To: <{to}>
Message-ID: {id}
MIME-Version: 1.0

--0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9--
"""

GMAIL = """\
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: rdv@example.test
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: {id}
In-Reply-To: {id}
X-Failed-Recipients: {to}
Message-ID: <65a1b2c3.170a0220.d4e5f.1234.GMR@mx.google.com>
Date: Mon, 23 Nov 2026 00:31:02 -0800 (PST)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="000000000000a1b2c3"; report-type=delivery-status

--000000000000a1b2c3
Content-Type: multipart/related; boundary="000000000000d4e5f6"

--000000000000d4e5f6
Content-Type: multipart/alternative; boundary="000000000000091827"

--000000000000091827
Content-Type: text/plain; charset="UTF-8"

** Adresse introuvable **

--000000000000091827
Content-Type: text/html; charset="UTF-8"

<html><body>Adresse introuvable</body></html>

--000000000000091827--
--000000000000d4e5f6
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgo=
--000000000000d4e5f6--
--000000000000a1b2c3
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Mon, 23 Nov 2026 00:31:00 -0800 (PST)
X-Original-Message-ID: {id}

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (2a00:1450:400c::1a, the server for the domain gmail.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or 550 5.1.1 unnecessary spaces.
Last-Attempt-Date: Mon, 23 Nov 2026 00:31:02 -0800 (PST)

--000000000000a1b2c3
Content-Type: message/rfc822

From: Rendez-vous <rdv@example.test>
To: {to}
Message-ID: {id}
Content-Type: text/plain; charset="utf-8"

Bonjour

--000000000000a1b2c3--
"""

INTERNATIONAL = """\
Return-Path: <>
From: mailer-daemon@mx.example.net
To: rdv@example.test
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary=b

--b
Content-Type: text/plain

no
--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: utf-8; {to}
Action: failed
Status: 5.1.1

--b
Content-Type: message/global-headers

From: rdv@example.test
Message-ID: {id}

--b--
"""

ANSWER = """\
Return-Path: <{from}>
From: Amina Benali <{from}>
To: Rendez-vous <rdv@example.test>
Subject: =?utf-8?q?Re=3A_Rendez-vous_du_1er_d=C3=A9cembre?=
Date: Mon, 23 Nov 2026 18:00:00 +0100
Message-ID: <CAF1b2c3d4@mail.example.net>
In-Reply-To: {id}
References: <older@rdv.example.test>
 {id}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

Bonjour, je ne peux pas venir.
"""

DECLINED = """\
From: {from}
Sender: Google Calendar <calendar-notification@example.net>
To: rdv@example.test
Auto-Submitted: auto-generated
Subject: Declined: Passeport
Message-ID: <calendar-b1c2d3@example.net>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset="UTF-8"

Amina Benali has declined this invitation.
--c
Content-Type: text/calendar; charset="UTF-8"; method=REPLY
Content-Transfer-Encoding: base64

{calendar}
--c--
--b--
"""

REPLY = """\
BEGIN:VCALENDAR\r
METHOD:REPLY\r
BEGIN:VEVENT\r
UID:{uid_folded}\r
ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT={partstat};CN=Amina:mailto:{from}\r
END:VEVENT\r
END:VCALENDAR\r
"""


def filled(mail: str, **values: str) -> bytes:
    """The mail with its fields filled."""
    for name, value in values.items():
        mail = mail.replace(f"{{{name}}}", value)
    return mail.encode()
