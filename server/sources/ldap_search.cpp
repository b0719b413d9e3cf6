#include <lber.h>
#include <ldap.h>
#include <sys/time.h>

#include <memory>

#include "mail/ascii.h"
#include "sources/ldap_session.h"
#include "sources/reading.h"
#include "sources/source.h"

namespace breakwater::sources {
namespace {

struct FreeValues {
  void operator()(berval** values) const { ldap_value_free_len(values); }
};
struct FreeText {
  void operator()(char* text) const { ldap_memfree(text); }
};
struct FreeTexts {
  void operator()(char** texts) const { ldap_memvfree(reinterpret_cast<void**>(texts)); }
};

std::string_view text_of(const berval& value) { return {value.bv_val, value.bv_len}; }

class LdapReading {
 public:
  LdapReading(Reading& reading, const LdapSearch& search) : reading_(reading), search_(search) {}

  Result<SourceReport> run() {
    if (const auto allowed = check_login(); !allowed) return allowed.error();
    if (const auto opened = session_.open(search_); !opened) return opened.error();
    if (const auto bound = session_.bind(search_); !bound) return bound.error();
    do {
      if (const auto page = read_page(); !page) return page.error();
    } while (!cookie_.empty());
    return reading_.done();
  }

 private:
  // A simple bind shows the password to whoever is on the way (RFC 4513 5.1.3).
  Result<void> check_login() const {
    if (search_.url.find_first_of(" ,") != std::string::npos) {  // libldap takes several
      return reading_.failed(Fault::invalid, "the URL names more than one server");
    }
    // RFC 4513 5.1.2: the server would take it for anonymous, and show what anybody may see.
    if (!search_.bind_dn.empty() && search_.bind_password.empty()) {
      return reading_.failed(Fault::invalid, "bind_dn has no password");
    }
    const std::string url = mail::lower(search_.url);
    if (search_.bind_password.empty() || search_.start_tls || !url.starts_with("ldap://")) return {};
    const std::string_view rest = std::string_view(url).substr(7);
    const std::string_view host = rest.substr(0, rest.find_first_of(rest.starts_with('[') ? "/]" : "/:"));
    const bool loopback = host == "localhost" || host == "[::1" ||
                          (host.starts_with("127.") && host.find_first_not_of(".0123456789") == host.npos);
    if (loopback) return {};
    return reading_.failed(Fault::invalid,
                           "it would send the password in the clear; use ldaps:// or set start_tls = true");
  }

  Result<void> read_page() {
    LDAPControl* page = nullptr;
    berval cookie{cookie_.size(), cookie_.data()};
    // Not critical: a server that knows no pages gives all at once.
    ldap_create_page_control(session_.get(), search_.page_size, cookie_.empty() ? nullptr : &cookie, 0,
                             &page);
    const std::unique_ptr<LDAPControl, FreeControl> owner(page);
    LDAPControl* controls[] = {page, nullptr};
    std::string address = search_.address_attribute, name = search_.name_attribute;
    char* attributes[] = {address.data(), name.empty() ? nullptr : name.data(), nullptr};
    timeval limit{reading_.wait_ms(3'600'000) / 1000 + 1, 0};
    int id = 0;
    const int sent = ldap_search_ext(session_.get(), search_.base.c_str(), scope(), search_.filter.c_str(),
                                     attributes, 0, controls, nullptr, &limit, LDAP_NO_LIMIT, &id);
    if (sent == LDAP_FILTER_ERROR) {
      return reading_.failed(Fault::invalid, "the filter \"" + search_.filter + "\" is malformed (RFC 4515)");
    }
    if (sent != LDAP_SUCCESS) return session_.failure(sent, "the search was not sent");
    for (;;) {
      const auto message = session_.next(id);
      if (!message) return message.error();
      const int type = ldap_msgtype(message->get());
      if (type == LDAP_RES_SEARCH_RESULT) return end_page(message->get());
      Result<void> taken;
      if (type == LDAP_RES_SEARCH_ENTRY) taken = take_entry(message->get());
      if (type == LDAP_RES_SEARCH_REFERENCE) taken = take_reference(message->get());
      if (!taken) return taken.error();
    }
  }

  int scope() const {
    if (search_.scope == LdapSearch::Scope::base) return LDAP_SCOPE_BASE;
    return search_.scope == LdapSearch::Scope::one_level ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE;
  }

  Result<void> take_entry(LDAPMessage* entry) {
    const std::unique_ptr<char, FreeText> dn(ldap_get_dn(session_.get(), entry));
    const std::string_view where = dn ? dn.get() : "an entry without a name";
    const std::unique_ptr<berval*, FreeValues> addresses(
        ldap_get_values_len(session_.get(), entry, search_.address_attribute.c_str()));
    const std::unique_ptr<berval*, FreeValues> names(
        search_.name_attribute.empty()
            ? nullptr
            : ldap_get_values_len(session_.get(), entry, search_.name_attribute.c_str()));
    const int count = ldap_count_values_len(addresses.get());
    const std::string_view name =
        ldap_count_values_len(names.get()) > 0 ? text_of(*names.get()[0]) : std::string_view();
    if (count == 0) return reading_.take(where, "", name);
    for (int at = 0; at < (search_.every_address ? count : 1); ++at) {
      if (const auto taken = reading_.take(where, text_of(*addresses.get()[at]), name); !taken) {
        return taken.error();
      }
    }
    return {};
  }

  Result<void> take_reference(LDAPMessage* message) {
    char** found = nullptr;
    ldap_parse_reference(session_.get(), message, &found, nullptr, 0);
    const std::unique_ptr<char*, FreeTexts> urls(found);
    return refer(urls.get());
  }

  // Whoever stands there would be missing, and a member who is missing is removed.
  Result<void> refer(char** urls) {
    const std::string where = urls != nullptr && urls[0] != nullptr ? urls[0] : "another server";
    if (search_.referrals == LdapSearch::Referrals::skip) {
      reading_.remark("referral to " + where + " not followed");
      return {};
    }
    return reading_.failed(Fault::invalid,
                           "part of the answer is at " + where +
                               ", and referrals are not followed; name that server, narrow the "
                               "base, or set referrals = \"skip\" if nobody is missed");
  }

  Result<void> end_page(LDAPMessage* message) {
    int code = 0;
    char *said = nullptr, **found = nullptr;
    LDAPControl** answered = nullptr;
    ldap_parse_result(session_.get(), message, &code, nullptr, &said, &found, &answered, 0);
    const std::unique_ptr<char, FreeText> text(said);
    const std::unique_ptr<char*, FreeTexts> urls(found);
    const std::unique_ptr<LDAPControl*, FreeControls> controls(answered);
    if (code == LDAP_REFERRAL) return refer(urls.get());
    if (code != LDAP_SUCCESS) return session_.failure(code, "the search failed", text.get());
    cookie_.clear();
    LDAPControl* page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls.get(), nullptr);
    if (page == nullptr) return {};
    berval cookie{};
    ber_int_t estimate = 0;
    if (ldap_parse_pageresponse_control(session_.get(), page, &estimate, &cookie) == LDAP_SUCCESS) {
      cookie_ = text_of(cookie);
      ber_memfree(cookie.bv_val);
    }
    return {};
  }

  Reading& reading_;
  const LdapSearch& search_;
  LdapSession session_{reading_};
  std::string cookie_;  // of the next page; empty: there is none
};

class LdapSource : public Source {
 public:
  LdapSource(LdapSearch search, SourceLimits limits) : search_(std::move(search)), limits_(limits) {}

  std::string describe() const override {
    return "LDAP directory " + search_.url + ", base \"" + search_.base + "\"";
  }

  Result<SourceReport> read(const Each& each, std::stop_token stop) override {
    Reading reading(describe(), limits_, each, std::move(stop));
    return LdapReading(reading, search_).run();
  }

 private:
  LdapSearch search_;
  SourceLimits limits_;
};

}  // namespace

std::unique_ptr<Source> make_source(LdapSearch search, SourceLimits limits) {
  return std::make_unique<LdapSource>(std::move(search), limits);
}

}  // namespace breakwater::sources
