#include "opponents/storm_catalogue.h"

#include <algorithm>
#include <array>

namespace breakwater::opponents {
namespace {

constexpr auto kStorms = std::to_array<Storm>({
    {.name = "nhs-2016",
     .audience = 850'000,
     .posts = 80,
     .minutes = 76,
     .spark_s = 240,
     .subject = "test",
     .body = "",
     .mix = {.remove = 30, .why = 20, .stop = 30, .joke = 8, .automatic = 10, .work = 2},
     .facts = "NHSmail, 14 November 2016, 08:29 to 09:45. A new dynamic distribution list took in everyone. "
              "70 to 80 replies by 11:30 (The Register); mail up to 3 hours late; 500 million deliveries by "
              "the official count. Ended by deleting the list; the mails were traced and cleared."},
    {.name = "nhs-2016-official",
     .audience = 850'000,
     .posts = 587,
     .minutes = 76,
     .spark_s = 240,
     .subject = "test",
     .body = "",
     .mix = {.remove = 30, .why = 20, .stop = 30, .joke = 8, .automatic = 10, .work = 2},
     .facts = "The same storm at the size that the official 500 million deliveries imply: 588 postings."},
    {.name = "bedlam-1997",
     .audience = 13'000,
     .posts = 1150,
     .minutes = 60,
     .spark_s = 120,
     .subject = "Why am I on this list?",
     .body = "Why am I on this mailing list? Please remove me from it.",
     .mix = {.remove = 25, .why = 15, .stop = 25, .joke = 35},
     .facts = "Microsoft, 14 October 1997, the list Bedlam DL3: 15 million deliveries and 195 GB in about an "
              "hour; 'me too' replies; the MTA crashed on the recipient count and sent again on restart."},
    {.name = "dhs-2007",
     .audience = 8000,
     .posts = 275,
     .minutes = 480,
     .spark_s = 360,
     .subject = "Change of address",
     .body = "Please change my subscription to the address below.",
     .mix = {.remove = 25, .why = 10, .stop = 25, .joke = 35, .work = 5},
     .facts = "US Department of Homeland Security, open-source digest, 3 October 2007: an announcement list "
              "that was two-way; 2.2 million deliveries in a working day."},
    {.name = "cisco-2013",
     .audience = 23'565,
     .posts = 170,
     .minutes = 120,
     .spark_s = 180,
     .subject = "sep_training1",
     .body = "Training invitation, see attached.",
     .mix = {.remove = 45, .why = 10, .stop = 25, .joke = 20},
     .facts = "Cisco, 18 September 2013: 4 million deliveries, 375 GB; images attached; no sender "
              "restriction. Guessed: the minutes."},
    {.name = "reuters-2015",
     .audience = 33'000,
     .posts = 700,
     .minutes = 420,
     .spark_s = 300,
     .subject = "Fwd: account access",
     .body = "Please see below.",
     .mix = {.remove = 25, .why = 20, .stop = 35, .joke = 18, .automatic = 2},
     .facts = "Thomson Reuters, 26 August 2015: 33,000 people, about 23 million deliveries in 7 hours."},
    {.name = "autoresponders-2004",
     .audience = 30'000,
     .posts = 200,
     .minutes = 20,
     .spark_s = 12,
     .subject = "Campus closure",
     .body = "The campus is closed on Friday.",
     .mix = {.automatic = 100},
     .again_permille = 900,
     .facts = "An academic organisation: 20 autoresponders on a list of 30,000 answered the list and one "
              "another without end. Guessed: the number of postings, the minutes."},
    {.name = "broadcaster-2013",
     .audience = 800,
     .posts = 45,
     .minutes = 30,
     .spark_s = 120,
     .subject = "Lost lunchbox",
     .body = "Has anyone seen a blue lunchbox on the third floor?",
     .mix = {.remove = 15, .why = 10, .stop = 40, .joke = 35},
     .facts = "A broadcaster, 2013: 800 people, below every vendor's threshold; 30 minutes; ended by a mail "
              "of the chief executive, with six more replies after it. Guessed: the number of postings."},
});

}  // namespace

std::span<const Storm> storm_catalogue() { return kStorms; }

const Storm* find_storm(std::string_view name) {
  const auto found =
      std::find_if(kStorms.begin(), kStorms.end(), [&](const Storm& s) { return s.name == name; });
  return found == kStorms.end() ? nullptr : &*found;
}

std::string storm_names() {
  std::string names;
  for (const Storm& each : kStorms) names += (names.empty() ? "" : ", ") + std::string(each.name);
  return names;
}

}  // namespace breakwater::opponents
