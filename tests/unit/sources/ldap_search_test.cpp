// On a slapd of its own on loopback, with and without TLS.
#include "collect.h"
#include "private_server.h"
#include "sources/configured.h"

namespace breakwater::sources {
namespace {

constexpr std::string_view kConfig = R"(include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile %/cert.pem
TLSCertificateKeyFile %/key.pem
sizelimit 500
database mdb
maxsize 1073741824
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw admin
directory %/db
dbnosync
index objectClass eq
limits dn.exact="uid=reader,dc=example,dc=org" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited
limits dn.exact="uid=small,dc=example,dc=org" size.soft=700 size.hard=700 size.prtotal=700
access to attrs=userPassword by anonymous auth
access to * by users read by anonymous auth
)";

constexpr std::string_view kFew = R"(dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: uid=reader,dc=example,dc=org
objectClass: account
objectClass: simpleSecurityObject
userPassword: secret

dn: uid=small,dc=example,dc=org
objectClass: account
objectClass: simpleSecurityObject
userPassword: secret

dn: ou=few,dc=example,dc=org
objectClass: organizationalUnit

dn: uid=ann,ou=few,dc=example,dc=org
objectClass: inetOrgPerson
cn: Ann Lee
sn: Lee
displayName: Ann Lee
mail: ann@example.org
mail: ann.lee@example.org

dn: uid=bob,ou=few,dc=example,dc=org
objectClass: inetOrgPerson
cn: Bob
sn: Bob
mail: bob@example.org

dn: uid=cid,ou=few,dc=example,dc=org
objectClass: inetOrgPerson
cn: Cid
sn: Cid

dn: ou=split,dc=example,dc=org
objectClass: organizationalUnit

dn: uid=dan,ou=split,dc=example,dc=org
objectClass: inetOrgPerson
cn: Dan
sn: Dan
mail: dan@example.org

dn: ou=elsewhere,ou=split,dc=example,dc=org
objectClass: referral
objectClass: extensibleObject
ref: ldap://127.0.0.1:1/ou=elsewhere,ou=split,dc=example,dc=org

dn: ou=staff,dc=example,dc=org
objectClass: organizationalUnit

)";

std::string with_folder(std::string_view text, const std::string& folder) {
  std::string out;
  for (const char c : text) out += c == '%' ? folder : std::string(1, c);
  return out;
}

class LdapSearchTest : public testing::Test {
 protected:
  static constexpr int kStaff = 40'000;

  static void SetUpTestSuite() {
    signal(SIGPIPE, SIG_IGN);  // as the server does
    folder_ = new Folder;
    server_ = new PrivateServer;
    if (!std::filesystem::exists("/usr/sbin/slapd")) {
      throw std::runtime_error("slapd is missing: apt-get install slapd");
    }
    command(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
        "subjectAltName=IP:127.0.0.1 -keyout " +
        (*folder_ / "key.pem") + " -out " + (*folder_ / "cert.pem"));
    const std::string config = folder_->write("slapd.conf", with_folder(kConfig, folder_->path()));
    std::filesystem::create_directory(*folder_ / "db");
    std::string entries(kFew);
    for (int at = 0; at < kStaff; ++at) {
      const std::string id = "p" + std::to_string(at);
      entries += "dn: uid=" + id + ",ou=staff,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: Person " +
                 id + "\nsn: " + id + "\ndisplayName: Person " + id + "\nmail: " + id +
                 "@staff.example.org\n\n";
    }
    command("/usr/sbin/slapadd -q -f " + config + " -l " + folder_->write("entries.ldif", entries));
    plain_ = free_port(), tls_ = free_port();
    server_->start({"/usr/sbin/slapd", "-f", config, "-h",
                    "ldap://127.0.0.1:" + plain_ + " ldaps://127.0.0.1:" + tls_, "-d", "0"},
                   *folder_ / "log");
    server_->await([] {
      auto search = few();
      return collect(*make_source(search, within(1000))).report.has_value();
    });
  }
  static void TearDownTestSuite() {
    delete server_;
    delete folder_;
  }

  static LdapSearch few() {
    LdapSearch search;
    search.url = "ldap://127.0.0.1:" + plain_;
    search.bind_dn = "uid=reader,dc=example,dc=org";
    search.bind_password = "secret";
    search.base = "ou=few,dc=example,dc=org";
    return search;
  }
  static Collected read(const LdapSearch& search, int ms = 20'000) {
    return collect(*make_source(search, within(ms)));
  }

  static inline Folder* folder_ = nullptr;
  static inline PrivateServer* server_ = nullptr;
  static inline std::string plain_, tls_;
};

using Addresses = std::vector<std::string>;

TEST_F(LdapSearchTest, AddressesAndNames) {
  auto found = read(few());
  ASSERT_EQ(found.said(), "");
  EXPECT_EQ(found.addresses(), (Addresses{"ann@example.org", "bob@example.org"}));
  EXPECT_EQ(found.rows[0].name, "Ann Lee");
  EXPECT_EQ(found.rows[0].where, "uid=ann,ou=few,dc=example,dc=org");
  auto search = few();
  search.every_address = true;
  search.name_attribute = "cn";
  found = read(search);
  EXPECT_EQ(found.addresses(), (Addresses{"ann@example.org", "ann.lee@example.org", "bob@example.org"}));
  EXPECT_EQ(found.rows[2].name, "Bob");
  search.filter = "(objectClass=inetOrgPerson)";
  search.name_attribute = "";
  EXPECT_EQ(read(search).report->without_address, 1U);
}

TEST_F(LdapSearchTest, AsAListsFileStatesIt) {
  lists::SourceSettings settings;
  settings.kind = lists::SourceKind::ldap;
  settings.url = "ldap://127.0.0.1:" + plain_;
  settings.start_tls = true;
  settings.ca_file = *folder_ / "cert.pem";
  settings.bind_dn = "uid=reader,dc=example,dc=org";
  settings.password_file = folder_->write("password", "secret\n");
  std::filesystem::permissions(settings.password_file, std::filesystem::perms(0600));
  settings.base = "ou=few,dc=example,dc=org";
  settings.filter = "(objectClass=inetOrgPerson)";
  settings.scope = lists::SearchScope::one_level;
  settings.name_attribute = "cn";
  settings.every_address = true;
  settings.page_size = 1;
  const auto found = collect(**make_source(settings));
  ASSERT_EQ(found.said(), "");
  EXPECT_EQ(found.addresses(), (Addresses{"ann@example.org", "ann.lee@example.org", "bob@example.org"}));
  EXPECT_EQ(found.rows[2].name, "Bob");
  settings.base = "ou=split,dc=example,dc=org";
  EXPECT_FALSE(collect(**make_source(settings)).report);
  settings.referrals = lists::Referrals::skip;
  EXPECT_EQ(collect(**make_source(settings)).addresses(), Addresses{"dan@example.org"});
  settings.scope = lists::SearchScope::base;
  EXPECT_EQ(collect(**make_source(settings)).report.error().fault, Fault::not_found);
  settings.scope = lists::SearchScope::subtree;
  settings.address_attribute = "mailLocalAddress";
  EXPECT_EQ(collect(**make_source(settings)).report.error().fault, Fault::not_found);
}

TEST_F(LdapSearchTest, Scopes) {
  auto search = few();
  search.base = "dc=example,dc=org";
  search.scope = LdapSearch::Scope::one_level;
  EXPECT_EQ(read(search).report.error().fault, Fault::not_found);
  search.scope = LdapSearch::Scope::base;
  search.base = "uid=bob,ou=few,dc=example,dc=org";
  EXPECT_EQ(read(search).addresses(), Addresses{"bob@example.org"});
}

TEST_F(LdapSearchTest, TlsIsCheckedAgainstTheAuthorities) {
  auto search = few();
  search.url = "ldaps://127.0.0.1:" + tls_;
  EXPECT_EQ(read(search).report.error().fault, Fault::unavailable);
  EXPECT_NE(read(search).said().find("its certificate good?"), std::string::npos);
  search.ca_file = *folder_ / "cert.pem";
  EXPECT_EQ(read(search).rows.size(), 2U) << read(search).said();
  search.url = "ldap://127.0.0.1:" + plain_;
  search.start_tls = true;
  EXPECT_EQ(read(search).rows.size(), 2U) << read(search).said();
  search.ca_file.clear();
  EXPECT_EQ(read(search).report.error().fault, Fault::unavailable);
}

TEST_F(LdapSearchTest, NoPasswordInTheClear) {
  auto search = few();
  search.url = "ldap://directory.example.org";
  EXPECT_NE(read(search).said().find("would send the password in the clear"), std::string::npos);
  EXPECT_EQ(read(search).said().find("secret"), std::string::npos);
  search.url = "ldap://127.0.0.1.example.org";
  EXPECT_NE(read(search).said().find("in the clear"), std::string::npos);
  search.url = "ldap://127.0.0.1 ldap://directory.example.org";
  EXPECT_NE(read(search).said().find("more than one server"), std::string::npos);
  search = few();
  search.bind_password.clear();
  EXPECT_NE(read(search).said().find("bind_dn has no password"), std::string::npos);
}

TEST_F(LdapSearchTest, ErrorsSayWhatAndWhatToDo) {
  auto search = few();
  search.bind_password = "wrong";
  EXPECT_EQ(read(search).report.error().fault, Fault::denied);
  search = few();
  search.base = "ou=none,dc=example,dc=org";
  EXPECT_NE(read(search).said().find("the base does not exist"), std::string::npos);
  search = few();
  search.filter = "(mail=*";
  EXPECT_NE(read(search).said().find("is malformed"), std::string::npos) << read(search).said();
  search = few();
  search.url = "http://127.0.0.1";
  EXPECT_NE(read(search).said().find("the URL is none of"), std::string::npos);
  search.url = "ldap://127.0.0.1:" + free_port();
  EXPECT_EQ(read(search).report.error().fault, Fault::unavailable);
}

TEST_F(LdapSearchTest, ReferralsAreNotFollowedAndSaid) {
  auto search = few();
  search.base = "ou=split,dc=example,dc=org";
  auto found = read(search);
  EXPECT_NE(found.said().find("part of the answer is at ldap://127.0.0.1:1/"), std::string::npos)
      << found.said();
  search.referrals = LdapSearch::Referrals::skip;
  found = read(search);
  EXPECT_EQ(found.addresses(), Addresses{"dan@example.org"});
  ASSERT_EQ(found.report->remarks.size(), 1U);
  EXPECT_NE(found.report->remarks[0].find("ldap://127.0.0.1:1/"), std::string::npos);
  search.base = "uid=x,ou=elsewhere,ou=split,dc=example,dc=org";  // the whole base is elsewhere
  search.referrals = LdapSearch::Referrals::fail;
  EXPECT_NE(read(search).said().find("part of the answer is at"), std::string::npos);
}

TEST_F(LdapSearchTest, AServerThatHangs) {
  const DeafListener deaf;
  for (const std::string scheme : {"ldap", "ldaps", "ldap+tls"}) {
    auto search = few();
    search.url = (scheme == "ldaps" ? "ldaps://127.0.0.1:" : "ldap://127.0.0.1:") + deaf.port();
    search.start_tls = scheme == "ldap+tls";
    const auto begun = std::chrono::steady_clock::now();
    const auto found = read(search, 700);
    EXPECT_EQ(found.report.error().fault, Fault::unavailable) << scheme;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4)) << scheme << found.said();
  }
}

TEST_F(LdapSearchTest, ALimitOfTheServerIsNoEnd) {
  auto search = few();
  search.base = "ou=staff,dc=example,dc=org";
  search.bind_dn = "uid=small,dc=example,dc=org";
  const auto found = read(search);
  ASSERT_FALSE(found.report);
  EXPECT_EQ(found.report.error().fault, Fault::full) << found.said();
  EXPECT_NE(found.said().find("raise its limit there"), std::string::npos);
}

// The promise: 40,000 entries under 30 s.
TEST_F(LdapSearchTest, FortyThousandEntriesInPages) {
  auto search = few();
  search.base = "ou=staff,dc=example,dc=org";
  const auto begun = std::chrono::steady_clock::now();
  const auto found = read(search, 60'000);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  ASSERT_EQ(found.said(), "");
  EXPECT_EQ(found.rows.size(), static_cast<std::size_t>(kStaff));
  EXPECT_EQ(found.rows[12'345].name, "Person p12345");
  EXPECT_LT(took.count(), 30.0);
  RecordProperty("seconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace breakwater::sources
