#include "mail/bounce_phrases.h"

#include "mail/bounce_source.h"

namespace breakwater::mail {
namespace {

// In any case and with or without accents: phrase_key() evens them out. '|' stands between two.
constexpr std::string_view kDaemon =
    "mailer-daemon|mailer_daemon|mailerdaemon|post_master|mail-daemon|maildaemon|postmaster|mail "
    "delivery|mdaemon@|"
    "mailer daemon|mail daemon|system administrator|mail administrator|delivery subsystem|mail system|"
    "mailsystem|mail-system|delivery system|mailer@|smtp@|daemon@|bounce@|bounces@|bounced mail|"
    "returned mail|internet mail service|mail-deamon|mailer-deamon|mailerdeamon|microsoft exchange|"
    "microsoftexchange|postoffice@|post.office|mailmaster|systemadministrator|systemadministrador|"
    "administrateur systeme|systembetreuer|administrador del sistema|amministratore di sistema|"
    "autoanswer@|mail router|mail transport|mail gateway|mailgateway|majordomo-owner|root@|uucp@|"
    "non-delivery|undeliver|mta@|mailadmin|mail_delivery|delivery status|delivery-subsystem|"
    "systemverwalter|mmdf@|pmdf@|email system|message center";

constexpr std::string_view kRole =
    "mail|post|system|server|admin|service|deliver|notif|daemon|bounce|no-reply|noreply|do not reply|network|"
    "support|internet|exchange|gateway|robot|auto|agent|smtp|mta|error|fehler|security|filter|spam|office|"
    "helpdesk|correo|courrier|courriel|posta|poczta|почт|сервер|система|邮|郵|メール|管理|系统|system|메일";

constexpr std::string_view kBounceSubject =
    "undeliver|returned mail|mail delivery fail|mail delivery problem|delivery status notif|"
    "failure notice|delivery fail|mail delivery system|non-deliver|non deliver|nondeliver|"
    "returned to sender|delivery notification|delivery report|mail status report|bounce|"
    "message undeliver|message delivery fail|failed mail|mail failure|mail failed|unable to deliver|"
    "unzustellbar|nicht zustellbar|unknown user|user unknown|delivery error|returned message|"
    "mail returned|message status - undeliver|ndn:|permanent delivery failure|rejected:|"
    "failure delivery|your message could not be delivered|your mail could not be delivered|"
    "could not send message|mail could not be delivered|message not delivered|not delivered:|"
    "mail delivery error|smtp error|warning: could not send|mail not delivered|undelivered|"
    "delivery has failed|deliver fail|e-mail delivery fail|email delivery fail|email delivery error|"
    "message delivery error|message delivery notif|fehlgeschlagene zustellung|"
    "fehler bei der zustellung|zustellung fehlgeschlagen|rueckgabe|mail konnte nicht|unzustellbare|"
    "ihre nachricht konnte nicht|zustellbenachrichtigung|benachrichtung zum ubermittlungsstatus|"
    "benachrichtigung zum ubermittlungsstatus|echec de|non remis|message non distribue|avis de non|"
    "non distribuable|notification d'etat de remise|rapport de non|erreur de livraison|"
    "impossible de remettre|no se puede entregar|no entregado|devuelto|"
    "notificacion de estado de entrega|error de entrega|fallo en la entrega|nao entregue|"
    "nao e possivel entregar|falha na entrega|devolvida|mancata consegna|impossibile recapitare|"
    "non recapitabile|messaggio non consegnato|consegna non riuscita|onbestelbaar|niet afgeleverd|"
    "kan inte levereras|kan ikke leveres|olevererbar|ikke leveret|niedostarczon|nie mozna dostarczyc|"
    "nedorucitelne|nedorucen|недоставлен|не доставлен|невозможно доставить|ошибка доставки|"
    "сообщение не доставлено|возврат|уведомление о состоянии "
    "доставки|系统退信|退信|邮件被退|未送达|无法送达|无法投递|投递失败|"
    "發送失敗|发送失败|未傳遞|无法传递|邮件投递失败|配信不能|配送不能|配信エラー|送信エラー|送信できません|"
    "メールが届|配達不能|配信できません|送達不能|エラーメール|メールエラー|未配信|"
    "배달할 수 없|전달되지|메일 전송 실패|반송|전송 실패|mail system error|inability to deliver|problem "
    "delivering|"
    "problems delivering|problem with your mail|recipient unknown|unknown recipient|unknown address|"
    "no such user|mailbox full|mailbox unavailable|over quota|quota exceeded|address not found|"
    "error sending|mail error|error mail|bad address|delivery problem|nichtzustellbarkeit|"
    "not deliverable|invalid recipient|email rejected|message rejected";

constexpr std::string_view kDelaySubject =
    "warning: could not send|delivery status notification (delay|delayed mail|delayed:|"
    "mail delivery warning|warning: message|warning: mail|delayed message|delivery delayed|"
    "delivery temporarily suspended|message delayed|delivery is delayed|zustellung verzogert|"
    "retard de remise|配信遅延|delivery delay|temporary delivery";

constexpr std::string_view kOtherSubject =
    "out of office|out of the office|automatic reply|auto-reply|autoreply|auto reply|auto response|"
    "autoresponse|auto-response|vacation|on holiday|on leave|away from|abwesenheit|"
    "automatische antwort|autoantwort|reponse automatique|absence du bureau|absent du bureau|"
    "message d'absence|risposta automatica|fuori sede|fuori ufficio|respuesta automatica|"
    "fuera de la oficina|resposta automatica|ausencia temporaria|automatisch antwoord|afwezig|autosvar|"
    "automatiskt svar|franvaro|fravaer|poissaolo|automaattinen vastaus|automatyczna odpowiedz|"
    "poza biurem|automaticka odpoved|automatikus valasz|автоответ|автоматический ответ|нет на месте|"
    "自动回复|自動回覆|自動応答|自動返信|不在|休暇|부재중|자동 회신|otomatik yanit|ofis "
    "disinda|izinde|read:|not read:|gelesen:|"
    "lu :|lu:|leido:|letto:|return receipt|read receipt|disposition notification|lesebestatigung|"
    "successful mail delivery|(success)|(relay)|delivered:|relayed:|delivery confirmation|"
    "feedback report|complaint about message|abuse report|spam report|virus|confirm your|"
    "please confirm|confirmation required|verify your|sender verification|dmarc|report domain:|"
    "tls report|delivery receipt|message received|thank you for|your request|quarantine|infected|"
    "almost full|spam digest";

constexpr std::string_view kFailure =
    "not delivered|has been returned because|did not match|did not exactly match|delivery "
    "errors|megtelt|kezbesit|nie moze|nie mozna|adresata|zwrot|nedorucen|could not find|"
    "could not be delivered|couldn't be delivered|cannot be delivered|can not be delivered|"
    "can't be delivered|was not delivered|wasn't delivered|not be delivered|unable to deliver|"
    "undeliverable|undelivered|delivery failed|delivery failure|failed to deliver|"
    "delivery to the following|did not reach|didn't reach|failed permanently|not able to deliver|"
    "wasn't able to deliver|permanent fatal error|permanent error|fatal delivery error|"
    "had delivery problems|user unknown|unknown user|no such user|unknown recipient|recipient unknown|"
    "could not be reached|could not be sent|couldn't deliver|could not deliver|cannot deliver|"
    "can not deliver|returned to sender|returning mail|returned to you|being returned|was rejected|"
    "been rejected|were rejected|has been blocked|was blocked|failure reasons|failed address|"
    "failed recipient|the following address(es) failed|bounced|does not exist|doesn't exist|"
    "no longer valid|not a known user|not found|is full|over quota|quota exceeded|delivery error|"
    "unable to send|not accepting mail|did not receive|not receive this message|"
    "have delivery notifications|message could not|no valid recipients|not listed|not known at this|"
    "not accepted|rejected your message|address is invalid|invalid address|invalid recipient|"
    "unknown address|unrouteable|host unknown|unknown host|exceed the quota|is not valid|isn't valid|"
    "delivery has failed|delivery incomplete|has been delayed|non-delivery|nondelivery|"
    "mail was not sent|unsuccessful|mailbox unavailable|doesn't have a|problem delivering|"
    "problems delivering|transient non-fatal|unable to relay|not been delivered|failed to reach|"
    "receiver not found|account is disabled|disabled|error for the following|rejected by|is inactive|"
    "account has been closed|is closed|trouble delivering|failed delivery|delivery attempt|"
    "delivery of your message|is unknown|user does not|rcpt to|not be found|wasn't found|not relayed|"
    "discarded|permission to send|mail delivery fail|undeliverable recipient|nicht zugestellt|"
    "nicht ausgeliefert|konnte nicht|unzustellbar|unbekannt|nicht zustellbar|nicht erreicht|"
    "nicht ubermittelt|existiert nicht|fehlgeschlagen|zustellung|n'a pas pu|n'a pas ete|n'ont pas pu|"
    "n'existe pas|impossible de remettre|inconnu|pas pu etre|non remis|boite pleine|echec|no se pudo|"
    "no se ha podido|no pudo ser|no puede ser|no existe|no ha sido entregado|no fue entregado|"
    "desconocido|nao pode ser|nao foi entregue|nao foi possivel|nao existe|desconhecid|"
    "non e stato possibile|non e stato consegnato|non puo essere|sconosciuto|impossibile|non esiste|"
    "kon niet|niet worden afgeleverd|niet bezorgd|niet afgeleverd|onbekend|bestaat niet|kunde inte|"
    "kunne ikke|kunde ikke|findes ikke|finns inte|nie moze byc|nie zostala dostarczona|nie mogla|"
    "nie istnieje|nepodarilo|nelze doruc|neexistuje|не доставлен|не удалось|не может быть доставлен|"
    "недоставлен|не существует|не найден|невозможно|не было "
    "доставлено|退回|退信|无法送达|无法投递|无法发送|投递失败|不存在|"
    "未能送达|发送失败|未发送成功|無法|无法传递|未能投递|配信できません|送信できません|届きません|"
    "配送できません|見つかりません|届けることができません|送達できません|お届けできません|"
    "配信不能|存在しません|送信出来ません|配信できなかった|送信できなかった|エラー|배달할 수 없|전송하지 "
    "못|전달하지 못|존재하지 않|전달되지|반송|전송되지|iletilemedi|"
    "teslim edilemedi|nem lehet kezbesit|nem sikerult|kezbesithetetlen|ei voitu toimittaa";

constexpr std::string_view kUndelivered =
    "could not be delivered|couldn't be delivered|cannot be delivered|can not be delivered|"
    "was not delivered|wasn't delivered|not be delivered|unable to deliver|undeliverable|undelivered|"
    "delivery failed|failed to deliver|user unknown|unknown user|no such user|unknown recipient|"
    "recipient unknown|permanent error|did not reach|delivery to the following|could not deliver|"
    "couldn't deliver|cannot deliver|was rejected|been rejected|does not exist|doesn't exist|"
    "mailbox is full|mailbox full|over quota|nicht zugestellt|nicht ausgeliefert|unzustellbar|"
    "nicht zustellbar|pas pu etre|no se pudo entregar|nao foi entregue|non e stato consegnato|"
    "niet worden afgeleverd|не доставлен|не может быть доставлен|не было "
    "доставлено|无法投递|退回|配信できません|"
    "送信できません|배달할 수 없|has been delayed|not yet been delivered|returned to sender|returned to you|"
    "invalid recipient|is no longer valid|mailbox unavailable|not been delivered|host unknown|"
    "has been disabled|is disabled|is not a known|nondeliverable|non-delivery|could not be sent|"
    "was blocked|bounced|not accepted for";

constexpr std::string_view kDelay =
    "will keep trying|warning message only|do not need to resend|delivery attempts will continue|"
    "still being retried|delivery will be attempted|has been delayed|is delayed|not yet been delivered|"
    "will retry for|will be retried|will continue to be attempted|will continue to try|will try again|"
    "transient non-fatal errors|delivery incomplete|not been delivered yet|still trying|"
    "continue trying|message still undelivered|will be attempted|no need to resend|delayed by|"
    "wird weiter versucht|verzogert|nouvelle tentative|再送を試み|不需要重新发送|"
    "delivery to the following recipients has been delayed|could not be delivered for the past|"
    "delivery temporarily suspended|has not been delivered yet|could not send message for past";

constexpr std::string_view kVacation =
    "out of the office|out of office|on vacation|i am away|i'm away|i will be away|i am currently|"
    "i'm currently|i will be out|on holiday|on leave|limited access to|i will return|i'll be back|"
    "my return|nicht im buro|im urlaub|ausser haus|auser haus|abwesend|en vacances|absent du|"
    "absente du|de mon absence|fuera de la oficina|de vacaciones|fuori ufficio|in ferie|de ferias|"
    "op vakantie|afwezig|pa semester|в отпуске|休假|休暇|出差|出張|휴가|no longer work|have left the company|"
    "no longer with|has left the|retired|new email address is|new e-mail address is|my new address|"
    "neue adresse|nicht mehr im unternehmen|nouvelle adresse|thank you for your e|"
    "thank you for contacting|received your message|received your e|will be read|will respond|"
    "get back to you";

constexpr std::string_view kChallenge =
    "to confirm|confirm that you|please reply to this|challenge|verify that you are|click on the link|"
    "click the link|clicking the link|held until|has been held|quarantine|spamblocker|awaiting|"
    "spamarrest|boxbe|approved senders|one time only|allowed senders list|add yourself";

constexpr std::string_view kMachine =
    "your message|your mail|your email|your e-mail|you sent|the following|automatically|automatic|"
    "original message|unable to deliver|undeliverable|message to|mail to|recipient|unknown user:|"
    "user unknown:|ihre nachricht|ihre mail|ihre e-mail|votre message|votre courrier|su mensaje|"
    "su correo|sua mensagem|il messaggio|il tuo messaggio|il suo messaggio|uw bericht|ваше письмо|"
    "ваше сообщение|您的邮件|您发送|郵件|宛先|メール|메일|wiadomosc|zprava|meddelande|meddelelse|550 |this "
    "message|"
    "this mail|this email|this e-mail|the message|mailbox|returned mail|delivery";

constexpr std::string_view kPerson =
    "my mail|my message|my email|my e-mail|i get|i got|i tried|i sent|anybody|anyone|any idea|"
    "what am i|hi all|hello all|hi,|hello everyone|dear all|meine mail|meine nachricht|mein mail|"
    "hallo,|hallo zusammen|mon message|mon mail|mi mensaje|mi correo|minha mensagem|il mio|мое письмо|"
    "thanks,|cheers,";

constexpr std::string_view kListing =
    "permanent fatal error|following address|delivery problems -|following recipient|failed address|"
    "to the following|these recipients|transient non-fatal errors|not reach|undeliverable to|"
    "non remis|folgende adresse|folgenden empfanger|收件人|宛先";

constexpr std::string_view kOriginal =
    "original message:|message header:|original header|copy of the message|copy of your message|copy of the "
    "original|copy of the headers|"
    "original message follows|original message below|message follows|message text follows|"
    "original message header|message header follows|message headers follow|headers of the original|"
    "header of the original|headers follow|header follows|unsent message|returned message|"
    "undelivered message follows|the original message:|--original message|- original message|"
    "=original message|= original message|original mail follows|original text follows|"
    "text of the original|text of your message|text of message|message contents follow|"
    "message body follows|beginning of the original|start of returned|begin original|"
    "original message headers|original headers|your original message|ursprungliche nachricht|"
    "originalnachricht|message d'origine|mensaje original|mensagem original|messaggio originale|"
    "исходное сообщение|原始邮件|原邮件内容|原邮件信息|元のメッセージ|original mail header|--- message "
    "header|"
    "end of message log|returned text follows|rejected message|message is below|"
    "message is attached below|--- failed message|attached message follows|-- message --|begin message|"
    "start of message";

constexpr std::string_view kForwarded =
    "forwarded message|weitergeleitete nachricht|message transfere|--original message|"
    "- original message|ursprungliche nachricht|wrote:|schrieb:|a ecrit|escribio:|ha scritto|"
    "forwarded by|forwarded message:|digest, vol|написал";

constexpr std::string_view kReason =
    "user unknown|unknown user|no such|does not exist|doesn't exist|not exist|not found|"
    "couldn't be found|wasn't found|unknown recipient|recipient unknown|unknown address|"
    "not a known user|not known|mailbox full|mailbox is full|is full|over quota|quota|host unknown|"
    "unknown host|rejected|unable to deliver|undeliverable|not delivered|could not be delivered|"
    "couldn't be delivered|cannot be delivered|can not be delivered|failed|invalid|disabled|not listed|"
    "exceed|unrouteable|no longer|doesn't have a|not accept|inactive|is unknown|unavailable|blocked|"
    "refused|unrecoverable error|did not reach|didn't reach|temporary problem|delayed|did not receive|"
    "could not deliver|couldn't deliver|could not be reached|could not be sent|delivery problem|"
    "recipient|unbekannt|nicht zugestellt|konnte nicht|existiert nicht|inconnu|n'existe pas|n'a pas|"
    "no existe|no se pudo|nao existe|sconosciut|non esiste|onbekend|не существует|не найден|не удалось|"
    "不存在|无法|見つかりません|存在しません|できません|존재하지|退回|退信|bounced|isn't valid|not "
    "valid|permission to send|is over|"
    "trouble delivering|suspended|not a valid|problem";

constexpr std::string_view kLabel =
    "was addressed,|not delivered to:|not delivered to|addressed to:|error-for:|error for|wasn't "
    "delivered|smtp|were "
    "unknown|"
    "recipient|nie moze byc dostarczona do|받는 사람|受信者|수신자|alici|cimzett|original address|"
    "recipient:|recipients:|recipient(s):|recipient|recipient address:|failed address:|"
    "failed addresses:|failed recipient:|failed recipients:|rcpt to:|rcpt to|rcpt:|delivered to:|"
    "delivered to|delivered to the following address:|deliver to|delivery to|delivering to|"
    "your message to|the message to|message for|your mail to|mail to|mail for|your email to|"
    "your e-mail to|sent to|sent to:|addressed to|reach|unknown user:|unknown user|no such user:|"
    "no such user|no such user here:|user unknown:|unknown address:|unknown recipient:|user:|user|"
    "the user|users|mailbox:|mailbox|mailbox for|account|account:|address:|the address|address|"
    "e-mail address|email address|email address:|addresses:|invalid address:|smtp:|rcpt=|"
    "delivering the message to|failed to deliver to|undeliverable to|undeliverable to:|undeliverable:|"
    "not delivered:|to the following:|following address:|delivery failed:|attempts:|deliver mail to|"
    "deliver message to|deliver your message to|deliver the message to|deliver your mail to|size:|"
    "failed:|addressee:|wasn't delivered to|not be delivered to|not be delivered to:|not reach|"
    "reached:|full:|quota:|a message to|bounced address:|message sent to|for user|for recipient|"
    "rfc822;|550|551|553|554|450|451|452|#5.1.1|failed to|failed on|smtp=|original address:|"
    "intended for|intended recipient:|empfanger:|empfanger|adresse:|an:|adressat:|destinataire:|"
    "destinataire|a l'adresse|destinatario:|destinatario|destinatarios:|direccion|indirizzo|"
    "destinatario(i):|ontvanger:|mottagare:|modtager:|odbiorca:|adresat:|получатель:|адресат:|адрес|"
    "кому:|收件人:|收件人：|收件人|收件者:|收件者：|地址:|地址|宛先:|宛先：|受信者:|宛先|メールアドレス:|"
    "받는 사람:|수신자:";

constexpr std::string_view kNotIt =
    "from|from:|sender|sender:|return-path:|return path:|return address|return address:|by|via|"
    "reply-to:|reply to|reply to:|errors-to:|cc:|bcc:|subject:|message-id:|message id:|message-id|id|"
    "id:|in-reply-to:|references:|mid:|on behalf of|mail from|mail from:|sender address|write to|"
    "send mail to|send email to|send e-mail to|mail to postmaster|forward|your address|from address|"
    "from address:|your postmaster at|postmaster at|administrator at|mailto:|notify|expanded from:|"
    "expanded from|generated from|x-mailer:|von:|von|absender:|absender|de:|de|expediteur:|expediteur|"
    "remitente:|remitente|mittente:|mittente|da:|отправитель:|от:|от "
    "кого:|发件人:|发件人：|寄件者:|差出人:|差出人：|"
    "送信者:|보낸 사람:|organization:|x-sender:|received:|for more information|msgid:|messageid:|message id "
    "=|"
    "id=|from=|you may use|use";

constexpr std::string_view kNotItNear =
    "contact|assistance|questions|helpdesk|help desk|report this|more information|further information|"
    "complain|whitelist|please send|please reply|please forward|please mail|please e-mail|please email|"
    "please use|please write|send a message to|support|new address is|instead|kontakt|wenden sie sich|"
    "contacter|contatt|contacte|neem contact|обратитесь|if you feel|to unsubscribe|联系|お問い合わせ|"
    "message-id|message id|notify|requests to|forwarded the|your message from|the message from|"
    "received from";

constexpr std::string_view kSuccess =
    "successfully delivered|successfully relayed|relayed to non-dsn|was delivered|(relayed|"
    "delivered to mailbox|has been delivered|successful delivery|(delivered|deliverable mail was|"
    "delivery successful|was successful";

constexpr std::string_view kTemporaryWord =
    "exceeded the local limit|mailfolder is "
    "full|megtelt|przepelnion|plein|sature|voll.|overfull|esaurit|容量不足|已满|満杯|超过|가득|용량|"
    "will keep trying|will be retried|temporar|transient|delayed|try again later|mailbox full|"
    "mailbox is full|is full|over quota|overquota|quota exceeded|exceeded quota|exceeds quota|"
    "exceed the quota|exceeds allowed size|exceeded storage|storage allocation|quota|disk full|"
    "greylist|graylist|insufficient storage|insufficient disk|boite pleine|speicher|postfach voll|"
    "postfach ist voll|文件箱已满|邮箱已满|容量|いっぱい|переполнен|delivery incomplete|llena|piena|casella "
    "piena|"
    "buzon lleno|mailbox size|out of storage|storage limit|too busy|full mailbox|inbox is full|"
    "inbox full|mailbox over|deferred|exceeded the space|exceeded his|exceeded its";

constexpr std::string_view kHardWord =
    "account is expired|did not match|did not exactly match|not be found|aborted|nie istnieje|neexistuje|nem "
    "letezik|findes "
    "ikke|finns inte|kullanici "
    "yok|bulunamadi|nie znaleziono|не найден|no existe|неизвестн|ei ole olemassa|nema|nicht gefunden|nicht "
    "bekannt|ungultig|invalide|inexistant|introuvable|sconosciuto|inesistente|non valido|niet "
    "gevonden|存在しない|不明|无此用户|不可用|无效|禁用|사용자 없음|다시 확인|not registered|not a "
    "registered|not a member of this domain|"
    "unknown user|user unknown|no such|does not exist|doesn't exist|not exist|not found|"
    "couldn't be found|wasn't found|not listed|unknown recipient|recipient unknown|unknown address|"
    "not recognized|not recognised|is not a known|not known|unknown|invalid|not valid|isn't valid|"
    "disabled|inactive|no longer|doesn't have a|not have an account|not a valid|unrouteable|unroutable|"
    "no valid|bad address|blocked|not accept|prohibited|not allowed|too large|exceeds maximum|"
    "discontinued|closed|terminated|suspended|loop|too many hops|hop count|virus|"
    "does not like recipient|isn't in my control|no mailbox|unbekannt|existiert nicht|inconnu|"
    "n'existe pas|no existe|desconocid|nao existe|non esiste|sconosciut|onbekend|bestaat niet|"
    "не существует|не найден|不存在|見つかりません|存在しません|not accepting|존재하지 않|account "
    "expired|has expired|"
    "not our customer|no account|no user|no recipient|unknown local|wrong address|incorrect address|"
    "address error|has moved|left the|cancelled|deactivated|not a user|mailbox not|mailbox unavailable|"
    "recipient not|not permitted|not authorized|unauthorized|policy";

constexpr std::string_view kPassingWord =
    "failing for a long time|timed out|timeout|time out|connection refused|no route to host|could not "
    "connect|couldn't connect|"
    "unable to connect|cannot connect|can't connect|connection|unreachable|expired|too long|"
    "in the queue|retry|not responding|network|for the last|after trying|unavailable for|20 attempts|"
    "within 5 days|could not establish|wasn't able to establish|no answer|lost connection|"
    "not reachable|server is down";

constexpr std::string_view kPermanentWord =
    "could not be sent|not be delivered|no message body|error-code|"
    "rejected|refused|permanent|fatal|giving up|given up|undeliverable|failed|not delivered|"
    "could not be delivered|unable to deliver|退信|退回|denied|spam|cannot be delivered because";

std::vector<std::string> keyed(std::string_view phrases) {
  std::vector<std::string> keys;
  while (!phrases.empty()) {
    const auto end = phrases.find('|');
    keys.push_back(phrase_key(phrases.substr(0, end)));
    phrases.remove_prefix(end == std::string_view::npos ? phrases.size() : end + 1);
  }
  return keys;
}

std::vector<std::string> keys_of(Phrases which) {
  switch (which) {
    case Phrases::daemon: return keyed(kDaemon);
    case Phrases::role: return keyed(kRole);
    case Phrases::bounce_subject: return keyed(kBounceSubject);
    case Phrases::delay_subject: return keyed(kDelaySubject);
    case Phrases::other_subject: return keyed(kOtherSubject);
    case Phrases::failure: return keyed(kFailure);
    case Phrases::undelivered: return keyed(kUndelivered);
    case Phrases::delay: return keyed(kDelay);
    case Phrases::vacation: return keyed(kVacation);
    case Phrases::challenge: return keyed(kChallenge);
    case Phrases::machine: return keyed(kMachine);
    case Phrases::person: return keyed(kPerson);
    case Phrases::listing: return keyed(kListing);
    case Phrases::original: return keyed(kOriginal);
    case Phrases::forwarded: return keyed(kForwarded);
    case Phrases::reason: return keyed(kReason);
    case Phrases::label: return keyed(kLabel);
    case Phrases::not_it: return keyed(kNotIt);
    case Phrases::not_it_near: return keyed(kNotItNear);
    case Phrases::success: return keyed(kSuccess);
    case Phrases::temporary_word: return keyed(kTemporaryWord);
    case Phrases::hard_word: return keyed(kHardWord);
    case Phrases::passing_word: return keyed(kPassingWord);
    case Phrases::permanent_word: return keyed(kPermanentWord);
  }
  return {};
}

}  // namespace

const std::vector<std::string>& keys_in(Phrases which) {
  static const auto tables = [] {
    std::vector<std::vector<std::string>> all;
    for (int at = 0; at <= static_cast<int>(Phrases::permanent_word); ++at) {
      all.push_back(keys_of(static_cast<Phrases>(at)));
    }
    return all;
  }();
  return tables[static_cast<std::size_t>(which)];
}

}  // namespace breakwater::mail
