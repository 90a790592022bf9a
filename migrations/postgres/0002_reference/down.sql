DELETE FROM holidays;
DELETE FROM base_salaries;
DELETE FROM award_coefficients;
DELETE FROM award_forms;
DELETE FROM rule_sets;
