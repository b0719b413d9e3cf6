// The catalogue of real e-mail storms, in the binary: what public reports say of each, and how its people
// wrote. Constant data, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace breakwater::opponents {

// What people write in a storm, in shares of all its messages; shares may have any sum.
struct StormMix {
  int remove = 0;     // "take me off this list"
  int why = 0;        // "why do I get this?"
  int stop = 0;       // "stop replying to all"
  int joke = 0;       // "me too"
  int automatic = 0;  // out-of-office programs and receipts
  int work = 0;       // people who try to help: "the service desk knows"
};

struct Storm {
  std::string_view name;
  std::int64_t audience = 0;
  int posts = 0;    // after the first message
  int minutes = 0;  // from the first message to the last
  int spark_s = 0;  // until the first reply
  std::string_view subject, body;
  StormMix mix;
  int again_permille = 80;       // written by somebody who wrote before
  int fresh_permille = 30;       // under a new subject, without a thread
  int headerless_permille = 40;  // by a program that sends no threading fields
  std::string_view facts;        // what is reported; where no report has a number, what was guessed
};

std::span<const Storm> storm_catalogue();
const Storm* find_storm(std::string_view name);  // nullptr: there is none of that name
std::string storm_names();                       // "nhs-2016, bedlam-1997, ...", for a message

}  // namespace breakwater::opponents
