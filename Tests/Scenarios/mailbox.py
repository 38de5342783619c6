"""A mail server that keeps what it gets, goes away when it is told to, and tells who asks what a mail program sees."""

import email
import email.policy
import email.utils

from aiosmtpd.controller import Controller


class Mailbox:
    def __init__(self, port):
        self.port = port
        self.mails = []
        self.arrived = lambda message: None
        self.refusal = None
        self.controller = None

    async def handle_DATA(self, server, session, envelope):
        if self.refusal:
            return self.refusal
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        self.mails.append(message)
        self.arrived(message)
        return "250 2.0.0 Kept"

    def open(self):
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()
        return self

    def close(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def to(self, address):
        return [mail for mail in self.mails if email.utils.parseaddr(mail["To"])[1] == address]
