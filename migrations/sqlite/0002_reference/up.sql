-- Reference data as known when the service was made (domain.md 1.1, 1.4, 1.9, 1.11); later rows come
-- through /v1/reference. Identifiers are fixed, so that both databases and every installation agree.

INSERT INTO rule_sets (id, code, name_vi, name_en, legal_basis, valid_from, valid_to, version, created_at, updated_at)
VALUES (X'01990000000070008000001000000001', 'LAW22_ND98', 'Luật 2022 và Nghị định 98/2023/NĐ-CP', 'Law of 2022 and Decree 98/2023/NĐ-CP', '[{"type": "Luật", "number_raw": "06/2022/QH15", "issued_on": "2022-06-15", "abstract": "Luật Thi đua, khen thưởng"}, {"type": "NĐ", "number_raw": "98/2023/NĐ-CP", "issued_on": "2023-12-31", "abstract": "Quy định chi tiết thi hành một số điều của Luật Thi đua, khen thưởng"}]', '2024-01-01', '2025-06-30', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO rule_sets (id, code, name_vi, name_en, legal_basis, valid_from, valid_to, version, created_at, updated_at)
VALUES (X'01990000000070008000001000000002', 'LAW22_ND152', 'Luật 2022 và Nghị định 152/2025/NĐ-CP', 'Law of 2022 and Decree 152/2025/NĐ-CP', '[{"type": "Luật", "number_raw": "06/2022/QH15", "issued_on": "2022-06-15", "abstract": "Luật Thi đua, khen thưởng"}, {"type": "NĐ", "number_raw": "152/2025/NĐ-CP", "issued_on": "2025-06-14", "abstract": "Quy định về phân cấp, phân quyền trong lĩnh vực thi đua, khen thưởng; quy định chi tiết và hướng dẫn thi hành một số điều của Luật Thi đua, khen thưởng"}, {"type": "TT", "number_raw": "15/2025/TT-BNV", "issued_on": "2025-08-04", "abstract": "Quy định biện pháp để tổ chức, hướng dẫn thi hành Luật Thi đua, khen thưởng và Nghị định 152/2025/NĐ-CP"}]', '2025-07-01', '2027-02-28', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO rule_sets (id, code, name_vi, name_en, legal_basis, valid_from, valid_to, version, created_at, updated_at)
VALUES (X'01990000000070008000001000000003', 'LAW26_ND152', 'Luật 2022 sửa đổi bởi Luật 06/2026/QH16 (chưa kiểm chứng nội dung)', 'Law of 2022 as amended by Law 06/2026/QH16 (content not verified)', '[{"type": "Luật", "number_raw": "06/2022/QH15", "issued_on": "2022-06-15", "abstract": "Luật Thi đua, khen thưởng"}, {"type": "Luật", "number_raw": "06/2026/QH16", "issued_on": "2026-04-23", "abstract": "Luật sửa đổi, bổ sung Luật Thi đua, khen thưởng (nội dung chưa được kiểm chứng)"}, {"type": "NĐ", "number_raw": "152/2025/NĐ-CP", "issued_on": "2025-06-14", "abstract": "Quy định về phân cấp, phân quyền trong lĩnh vực thi đua, khen thưởng; quy định chi tiết và hướng dẫn thi hành một số điều của Luật Thi đua, khen thưởng"}, {"type": "TT", "number_raw": "15/2025/TT-BNV", "issued_on": "2025-08-04", "abstract": "Quy định biện pháp để tổ chức, hướng dẫn thi hành Luật Thi đua, khen thưởng và Nghị định 152/2025/NĐ-CP"}]', '2026-10-01', NULL, 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');

INSERT INTO award_forms (id, code, name_vi, name_en, route, decider_kind, rank, valid_from, valid_to, version, created_at, updated_at)
VALUES (X'01990000000070008000001100000001', 'GIAY_KHEN_SO', 'Giấy khen của Giám đốc Sở', 'Certificate of merit of the Director of a department', 'SELF', 'DEPARTMENT', 10, '2024-01-01', NULL, 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO award_forms (id, code, name_vi, name_en, route, decider_kind, rank, valid_from, valid_to, version, created_at, updated_at)
VALUES (X'01990000000070008000001100000002', 'GIAY_KHEN_XA', 'Giấy khen của Chủ tịch Ủy ban nhân dân cấp xã', 'Certificate of merit of the Chairman of a commune People''s Committee', 'SELF', 'COMMUNE', 10, '2024-01-01', NULL, 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO award_forms (id, code, name_vi, name_en, route, decider_kind, rank, valid_from, valid_to, version, created_at, updated_at)
VALUES (X'01990000000070008000001100000003', 'BANG_KHEN_TINH', 'Bằng khen của Chủ tịch Ủy ban nhân dân tỉnh', 'Provincial certificate of commendation of the Chairman of the People''s Committee', 'UP', 'PROVINCE_PC', 20, '2024-01-01', NULL, 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');

INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000001', 'GIAY_KHEN_SO', 'INDIVIDUAL', 30, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000002', 'GIAY_KHEN_SO', 'COLLECTIVE', 60, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000003', 'GIAY_KHEN_SO', 'HOUSEHOLD', 45, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000004', 'GIAY_KHEN_XA', 'INDIVIDUAL', 30, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000005', 'GIAY_KHEN_XA', 'COLLECTIVE', 60, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000006', 'GIAY_KHEN_XA', 'HOUSEHOLD', 45, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000007', 'BANG_KHEN_TINH', 'INDIVIDUAL', 150, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000008', 'BANG_KHEN_TINH', 'COLLECTIVE', 300, '2025-07-01', NULL);
INSERT INTO award_coefficients (id, form, subject_kind, hundredths, valid_from, valid_to)
VALUES (X'01990000000070008000001200000009', 'BANG_KHEN_TINH', 'HOUSEHOLD', 225, '2025-07-01', NULL);

INSERT INTO base_salaries (id, amount_dong, valid_from, valid_to, source, version, created_at, updated_at)
VALUES (X'01990000000070008000001300000001', 2340000, '2024-07-01', '2026-06-30', 'Nghị định 73/2024/NĐ-CP', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO base_salaries (id, amount_dong, valid_from, valid_to, source, version, created_at, updated_at)
VALUES (X'01990000000070008000001300000002', 2530000, '2026-07-01', NULL, 'Mức lương cơ sở áp dụng từ 01/7/2026', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');

INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000001', '2026-01-01', 0, 'Tết Dương lịch', 'New Year''s Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000002', '2026-02-16', 0, 'Tết Nguyên đán', 'Lunar New Year', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000003', '2026-02-17', 0, 'Tết Nguyên đán', 'Lunar New Year', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000004', '2026-02-18', 0, 'Tết Nguyên đán', 'Lunar New Year', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000005', '2026-02-19', 0, 'Tết Nguyên đán', 'Lunar New Year', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000006', '2026-02-20', 0, 'Tết Nguyên đán', 'Lunar New Year', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000007', '2026-04-27', 0, 'Nghỉ bù Giỗ Tổ Hùng Vương', 'In lieu of Hùng Kings'' Commemoration Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000008', '2026-04-30', 0, 'Ngày Chiến thắng', 'Victory Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'01990000000070008000001400000009', '2026-05-01', 0, 'Ngày Quốc tế lao động', 'International Labour Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'0199000000007000800000140000000A', '2026-08-22', 1, 'Làm bù cho ngày 31/8/2026', 'Worked instead of 31 August 2026', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'0199000000007000800000140000000B', '2026-08-31', 0, 'Nghỉ hoán đổi dịp Quốc khánh', 'Swap day of National Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'0199000000007000800000140000000C', '2026-09-01', 0, 'Quốc khánh', 'National Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
INSERT INTO holidays (id, day, working, name_vi, name_en, version, created_at, updated_at)
VALUES (X'0199000000007000800000140000000D', '2026-09-02', 0, 'Quốc khánh', 'National Day', 1, '2024-01-01T00:00:00.000000Z', '2024-01-01T00:00:00.000000Z');
