// How the table of fields is written: a kind of field for each kind of struct member, typed, so that a key
// and its member cannot disagree. Only the files of the table include this.
#pragma once

#include <chrono>
#include <concepts>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "terms/instant.h"

namespace breakwater::config::kinds {

template <class Member>
Value to_value(const Member& member) {
  if constexpr (std::same_as<Member, Duration>) {
    return std::int64_t{member.count()};
  } else if constexpr (std::same_as<Member, std::vector<Duration>>) {
    std::vector<std::int64_t> all;
    for (const Duration each : member) all.push_back(each.count());
    return all;
  } else if constexpr (std::integral<Member> && !std::same_as<Member, bool>) {
    return static_cast<std::int64_t>(member);
  } else {
    return member;
  }
}

template <class Member>
void from_value(const Value& value, Member& member) {
  if constexpr (std::same_as<Member, Duration>) {
    member = Duration{std::get<std::int64_t>(value)};
  } else if constexpr (std::same_as<Member, std::vector<Duration>>) {
    member.clear();
    for (const std::int64_t each : std::get<std::vector<std::int64_t>>(value)) member.emplace_back(each);
  } else if constexpr (std::integral<Member> && !std::same_as<Member, bool>) {
    member =
        static_cast<Member>(std::get<std::int64_t>(value));  // within least and most: both fit the member
  } else {
    member = std::get<Member>(value);
  }
}

template <class Owner, class Member>
Field plain(std::string key, Type type, Member Owner::*member, std::string doc) {
  Field field;
  field.key = std::move(key);
  field.type = type;
  field.doc = std::move(doc);
  field.store = [member](void* owner, const Value& value) {
    from_value(value, static_cast<Owner*>(owner)->*member);
  };
  field.show = [member](const void* owner) { return to_value(static_cast<const Owner*>(owner)->*member); };
  return field;
}

template <class Owner>
Field flag(std::string key, bool Owner::*member, std::string doc) {
  return plain(std::move(key), Type::flag, member, std::move(doc));
}

template <class Owner, std::integral Member>
Field count(std::string key, Member Owner::*member, std::int64_t least, std::int64_t most, std::string doc) {
  Field field = plain(std::move(key), Type::count, member, std::move(doc));
  field.least = least;
  field.most = most;
  return field;
}

template <class Owner, std::integral Member>
Field size(std::string key, Member Owner::*member, std::int64_t least, std::int64_t most, std::string doc) {
  Field field = count(std::move(key), member, least, most, std::move(doc));
  field.type = Type::size;
  return field;
}

// `unit_ms`: what the member counts; 1 also for Duration members.
template <class Owner, class Member>
Field duration(std::string key, Member Owner::*member, std::int64_t unit_ms, std::chrono::milliseconds least,
               std::chrono::milliseconds most, std::string doc) {
  Field field = plain(std::move(key), Type::duration, member, std::move(doc));
  field.least = least.count();
  field.most = most.count();
  field.step = unit_ms;
  field.store = [member, unit_ms](void* owner, const Value& value) {
    from_value(Value(std::get<std::int64_t>(value) / unit_ms), static_cast<Owner*>(owner)->*member);
  };
  field.show = [member, unit_ms](const void* owner) {
    return Value(std::get<std::int64_t>(to_value(static_cast<const Owner*>(owner)->*member)) * unit_ms);
  };
  return field;
}

template <class Owner>
Field text(std::string key, std::string Owner::*member, std::int64_t most, std::string doc) {
  Field field = plain(std::move(key), Type::text, member, std::move(doc));
  field.most = most;
  return field;
}

template <class Owner>
Field texts(std::string key, std::vector<std::string> Owner::*member, std::int64_t most, std::string doc) {
  Field field = plain(std::move(key), Type::texts, member, std::move(doc));
  field.most = most;
  return field;
}

// Words for the values of an enumeration, or of a text.
template <class Owner, class Member>
Field choice(std::string key, Member Owner::*member, std::vector<std::pair<std::string, Member>> words,
             std::string doc) {
  Field field;
  field.key = std::move(key);
  field.type = Type::choice;
  field.doc = std::move(doc);
  for (const auto& [word, meaning] : words) field.choices.push_back(word);
  field.store = [member, words](void* owner, const Value& value) {
    for (const auto& [word, meaning] : words) {
      if (word == std::get<std::string>(value)) static_cast<Owner*>(owner)->*member = meaning;
    }
  };
  field.show = [member, words = std::move(words)](const void* owner) {
    for (const auto& [word, meaning] : words) {
      if (meaning == static_cast<const Owner*>(owner)->*member) return Value(word);
    }
    return Value(std::string());
  };
  return field;
}

// A field of a struct that is itself a member.
template <class Outer, class Inner>
Field within(Inner Outer::*inner, Field field) {
  field.store = [inner, store = std::move(field.store)](void* owner, const Value& value) {
    store(&(static_cast<Outer*>(owner)->*inner), value);
  };
  field.show = [inner, show = std::move(field.show)](const void* owner) {
    return show(&(static_cast<const Outer*>(owner)->*inner));
  };
  return field;
}

inline Field shaped(Field field, std::string shape, std::function<std::string(std::string&)> check) {
  field.shape = std::move(shape);
  field.check = std::move(check);
  return field;
}

inline Field required(Field field, std::string sample) {
  field.required = true;
  if (field.type == Type::texts) field.least = 1;
  field.sample = std::move(sample);
  return field;
}

inline Field with_sample(Field field, std::string sample) {
  field.sample = std::move(sample);
  return field;
}

inline Field with_example(Field field, std::string example) {
  field.example = std::move(example);
  return field;
}

inline Field path(Field field, bool readable = false) {
  field.paths = Paths::always;
  field.readable = readable;
  return field;
}

// A file with a password in it.
inline Field password_path(Field field) {
  field.private_file = true;
  return path(std::move(field), true);
}

inline Field with_kinds(std::vector<std::string> kinds, Field field) {
  field.kinds = std::move(kinds);
  return field;
}

inline Field secret(Field field) {
  field.secret = true;
  return field;
}

// A path where it has a slash in it.
inline Field path_or_name(Field field) {
  field.paths = Paths::with_slash;
  return field;
}

template <class Owner>
Section section_of(std::string name, Shape shape, std::string doc, std::vector<Field> fields) {
  Section made{std::move(name), shape, std::move(doc), std::move(fields), {}, {}};
  const Owner by_default{};
  for (Field& field : made.fields) {
    if (field.required || !field.default_text.empty()) continue;
    const Value value = field.show(&by_default);
    const auto* text = std::get_if<std::string>(&value);
    const auto* durations = std::get_if<std::vector<std::int64_t>>(&value);
    field.may_be_empty = (text != nullptr && text->empty()) || (durations != nullptr && durations->empty());
  }
  made.default_of = [](const Field& field) {
    const Owner made_by_default{};
    return field.show(&made_by_default);
  };
  return made;
}

}  // namespace breakwater::config::kinds
