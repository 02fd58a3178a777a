"""Providers that give mailboxes to anybody: their names are nobody's sending domain."""

from __future__ import annotations

from ledger.public_suffixes import registrable

FIRST_LABELS = """
aol fastmail gmail gmx googlemail hotmail msn outlook protonmail tutanota yahoo yandex
ymail zoho
"""
EVERYWHERE = frozenset(FIRST_LABELS.split())
"""Under these names mailboxes are given away below many a country's top level."""
DOMAINS = """
126.com 139.com 163.com 188.com 1und1.de 21cn.com 263.net abv.bg alice.it aliceadsl.fr
aliyun.com aol.com arcor.de att.net bellsouth.net bigmir.net bigpond.com bk.ru
bluewin.ch blueyonder.co.uk bol.com.br btinternet.com btopenworld.com centrum.cz
charter.net chello.at chello.nl club-internet.fr cock.li comcast.net cox.net daum.net
dbmail.com disroot.org duck.com earthlink.net eircom.net email.com email.cz email.de
email.it excite.com fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de
frontier.com frontiernet.net gazeta.pl globo.com gmail.com gmx.at gmx.ch gmx.com gmx.de
gmx.net gmx.org googlemail.com hanmail.net hey.com home.nl hotmail.com hush.com
hushmail.com i.ua icloud.com ig.com.br iinet.net.au inbox.com inbox.lv inbox.ru
infomaniak.me inode.at interia.pl internode.on.net inwind.it iol.it iol.pt jubii.dk
juno.com keemail.me kolabnow.com kpnmail.nl laposte.net libero.it list.ru live.at
live.be live.ca live.cl live.cn live.co.kr live.co.uk live.co.za live.com live.com.ar
live.com.au live.com.mx live.com.my live.com.ph live.com.pt live.com.sg live.de live.dk
live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se
lycos.com mac.com mail.be mail.bg mail.com mail.de mail.dk mail.ee mail.ru
mail2world.com mailbox.org mailfence.com mailinator.com me.com mindspring.com msn.com
mweb.co.za my.com nate.com naver.com neostrada.pl net.hr netcologne.de netcourrier.com
netscape.net netzero.net neuf.fr noos.fr ntlworld.com numericable.fr o2.co.uk o2.pl
o2online.de oi.com.br onet.eu onet.pl online.de online.no optonline.net optusnet.com.au
orange.fr outlook.com ozemail.com.au passport.com peoplepc.com planet.nl pm.me posteo.de
posteo.eu posteo.net privaterelay.appleid.com prodigy.net.mx proton.me protonmail.ch
protonmail.com qq.com rambler.ru rediffmail.com riseup.net roadrunner.com rocketmail.com
rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.cn sina.com sky.com
skynet.be snafu.de sohu.com spamgourmet.com sunrise.ch sympatico.ca t-online.de
talktalk.net telefonica.net telenet.be telia.com telkomsa.net telus.net terra.com.br
terra.es tim.it tin.it tiscali.co.uk tiscali.it tlen.pl tuta.com tuta.io tutamail.com
tutanota.de tvcablenet.be ukr.net uol.com.br verizon.net videotron.ca virgilio.it
virgin.net virginmedia.com vodafone.de voila.fr volny.cz wanadoo.fr web.de
windowslive.com windstream.net wp.pl xs4all.nl xtra.co.nz yahoo.co.uk yahoo.com
yandex.com yeah.net ymail.com zeelandnet.nl ziggo.nl zoho.com zohomail.com zohomail.eu
zonnet.nl
"""
NAMES = frozenset(DOMAINS.split())


def is_free_mail(name: str) -> bool:
    """Tell whether anybody may have a mailbox at this name, or at one above it."""
    registered = registrable(name)
    if registered is None:
        return False
    if name in NAMES or registered in NAMES:
        return True
    first, _, ending = registered.partition(".")
    return first in EVERYWHERE and _is_country(ending)


def _is_country(ending: str) -> bool:
    """Tell whether the ending is a country's: `fr`, `co.uk`, `com.br`."""
    labels = ending.split(".")
    return len(labels[-1]) == 2 and len(labels) <= 2
