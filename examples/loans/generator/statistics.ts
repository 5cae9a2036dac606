/**
 * Statistics of the 13,087 applications of the real log (BPI Challenge 2012, doi:10.4121/uuid:3926db30-f712-4394-aebc-75976070e91f).
 *
 * Kinds of work by their initials: AL Afhandelen leads, BF Beoordelen fraude, CA Completeren aanvraag, ND Nabellen incomplete
 * dossiers, NO Nabellen offertes, VA Valideren aanvraag. `+CA` is its SCHEDULE, `>CA` its START, `=CA` its COMPLETE.
 */

/**
 * How often what came next. A line: state of application, offers and loan | work in hand | work scheduled last : activity and
 * count. Seen less than 7 times is left out.
 */
export const BRANCHES = `
accepted selected | CA | CA : A_FINALIZED 2906
accepted | - | CA : >CA 174
accepted | CA | CA : O_SELECTED 2906, A_FINALIZED 2106, =CA 182, A_CANCELLED 61, A_DECLINED 29
cancelled sent | - | NO : O_CANCELLED 305
cancelled sent | ND | ND : O_CANCELLED 10
cancelled sent | NO | NO : O_CANCELLED 480
cancelled sent-back | ND | ND : O_CANCELLED 60
cancelled sent-back | VA | VA : O_CANCELLED 12
cancelled | - | CA : END 1166, =CA 34
cancelled | - | ND : END 131
cancelled | - | NO : END 1482, =NO 58, >NO 22
cancelled | - | VA : END 27
cancelled | CA | CA : =CA 718
cancelled | ND | ND : =ND 127
cancelled | NO | NO : =NO 936
cancelled | VA | VA : =VA 25
declined refused | - | ND : END 86
declined refused | - | NO : END 48
declined refused | - | VA : END 668
declined refused | ND | ND : =ND 86
declined refused | NO | NO : =NO 48
declined refused | VA | VA : =VA 668
declined sent | NO | NO : O_DECLINED 27
declined sent-back | ND | ND : O_DECLINED 35
declined sent-back | VA | VA : O_DECLINED 320
declined | - | - : END 3429
declined | - | AL : END 2234
declined | - | BF : END 57
declined | - | CA : END 1113
declined | AL | AL : =AL 2234
declined | BF | BF : =BF 57
declined | CA | CA : =CA 1113
finalized created | CA | CA : O_SENT 5011
finalized created | ND | ND : O_SENT 191
finalized created | NO | NO : O_SENT 1618
finalized created | VA | VA : O_SENT 205
finalized refused | ND | ND : A_DECLINED 50
finalized refused | NO | NO : A_DECLINED 21
finalized refused | VA | VA : A_DECLINED 348
finalized selected sent | ND | ND : O_CANCELLED 10
finalized selected sent | NO | NO : O_CANCELLED 767
finalized selected sent-back | ND | ND : O_CANCELLED 89
finalized selected sent-back | VA | VA : O_CANCELLED 107
finalized selected | CA | CA : O_CREATED 5011
finalized selected | ND | ND : O_CREATED 191
finalized selected | NO | NO : O_CREATED 1618
finalized selected | VA | VA : O_CREATED 205
finalized sent activated | ND | ND : A_APPROVED 9
finalized sent approved activated | ND | ND : A_REGISTERED 11
finalized sent approved registered activated | - | ND : >ND 23
finalized sent approved registered activated | ND | ND : =ND 23, O_ACCEPTED 15
finalized sent approved registered | ND | ND : O_ACCEPTED 8
finalized sent approved | ND | ND : O_ACCEPTED 22
finalized sent | - | ND : >ND 1704, END 9
finalized sent | - | NO : >NO 22361, =NO 503, A_CANCELLED 305, O_CANCELLED 263, END 230, >CA 19
finalized sent | CA | CA : +NO 5011
finalized sent | CA | NO : =CA 5031
finalized sent | ND | ND : =ND 1510, O_SENT_BACK 200, +ND 191, O_ACCEPTED 73, A_APPROVED 32, O_CANCELLED 29, A_ACTIVATED 13, A_REGISTERED 12, O_SELECTED 10, A_CANCELLED 10
finalized sent | NO | NO : =NO 18145, O_SENT_BACK 3254, +NO 1618, O_CANCELLED 1285, O_SELECTED 767, A_CANCELLED 480, A_DECLINED 27, O_DECLINED 21
finalized sent | VA | ND : =VA 205
finalized sent | VA | VA : +ND 205
finalized sent-back activated | VA | VA : A_APPROVED 107, O_ACCEPTED 55, A_REGISTERED 36
finalized sent-back approved activated | VA | VA : A_REGISTERED 111, O_ACCEPTED 54
finalized sent-back approved registered activated | ND | ND : O_ACCEPTED 7
finalized sent-back approved registered activated | VA | VA : O_ACCEPTED 230
finalized sent-back approved registered | VA | VA : O_ACCEPTED 102, A_ACTIVATED 86
finalized sent-back approved | ND | ND : O_ACCEPTED 8
finalized sent-back approved | VA | VA : O_ACCEPTED 344, A_REGISTERED 86, A_ACTIVATED 58
finalized sent-back registered activated | VA | VA : O_ACCEPTED 36, A_APPROVED 33
finalized sent-back registered | VA | VA : A_APPROVED 102, O_ACCEPTED 92, A_ACTIVATED 33
finalized sent-back | - | BF : >BF 43
finalized sent-back | - | ND : >ND 9670, END 31
finalized sent-back | - | VA : >VA 7872, END 54
finalized sent-back | - | WC : >VA 7
finalized sent-back | BF | BF : +VA 29, =BF 14
finalized sent-back | BF | VA : =BF 29
finalized sent-back | ND | ND : =ND 7722, +VA 1736, O_CANCELLED 120, O_SELECTED 89, A_CANCELLED 60, O_DECLINED 45, O_ACCEPTED 36, A_DECLINED 35, A_APPROVED 11, A_ACTIVATED 9, A_REGISTERED 7
finalized sent-back | ND | VA : =ND 1738
finalized sent-back | NO | NO : +VA 3254
finalized sent-back | NO | VA : =NO 3258
finalized sent-back | VA | BF : =VA 31
finalized sent-back | VA | ND : =VA 1982
finalized sent-back | VA | VA : =VA 2916, +ND 1977, O_ACCEPTED 1135, A_APPROVED 488, O_DECLINED 348, A_DECLINED 320, A_REGISTERED 227, A_ACTIVATED 198, O_CANCELLED 111, O_SELECTED 107, +BF 31, A_CANCELLED 12
finalized taken activated | ND | ND : A_APPROVED 21, A_REGISTERED 10
finalized taken activated | VA | VA : A_APPROVED 181, A_REGISTERED 103
finalized taken approved activated | ND | ND : A_REGISTERED 57
finalized taken approved activated | VA | VA : A_REGISTERED 604
finalized taken approved registered activated | - | ND : END 193
finalized taken approved registered activated | - | VA : END 2045, >NO 18
finalized taken approved registered activated | ND | ND : =ND 193
finalized taken approved registered activated | NO | VA : =NO 18
finalized taken approved registered activated | VA | VA : =VA 2050
finalized taken approved registered | ND | ND : A_ACTIVATED 88
finalized taken approved registered | VA | VA : A_ACTIVATED 940
finalized taken approved | ND | ND : A_REGISTERED 40, A_ACTIVATED 32
finalized taken approved | VA | VA : A_REGISTERED 454, A_ACTIVATED 369
finalized taken registered activated | ND | ND : A_APPROVED 26
finalized taken registered activated | VA | VA : A_APPROVED 274
finalized taken registered | ND | ND : A_APPROVED 37, A_ACTIVATED 13
finalized taken registered | VA | VA : A_APPROVED 384, A_ACTIVATED 135
finalized taken | ND | ND : A_APPROVED 42, A_REGISTERED 41, A_ACTIVATED 26
finalized taken | VA | VA : A_APPROVED 479, A_REGISTERED 427, A_ACTIVATED 229
finalized | - | NO : A_CANCELLED 263
finalized | CA | CA : O_SELECTED 2106
finalized | ND | ND : O_SELECTED 92, A_CANCELLED 57
finalized | NO | NO : O_SELECTED 851, A_CANCELLED 434
finalized | VA | VA : O_SELECTED 98, A_CANCELLED 13
new | - | - : A_SUBMITTED 13087
partly-submitted | - | - : A_PREACCEPTED 4852, +AL 4739, A_DECLINED 3429, +BF 67
partly-submitted | - | AL : >AL 5894
partly-submitted | - | BF : >BF 221
partly-submitted | AL | AL : A_PREACCEPTED 2513, A_DECLINED 2234, =AL 1126, +BF 21
partly-submitted | AL | BF : =AL 21
partly-submitted | BF | AL : =BF 31
partly-submitted | BF | BF : =BF 134, A_DECLINED 56, +AL 31
preaccepted | - | - : +CA 4852
preaccepted | - | CA : >CA 23317, A_CANCELLED 444, =CA 412, END 69
preaccepted | AL | AL : +CA 2513
preaccepted | AL | CA : =AL 2515
preaccepted | CA | CA : =CA 16464, A_ACCEPTED 5110, A_DECLINED 1084, A_CANCELLED 656
submitted | - | - : A_PARTLYSUBMITTED 13087
`;

/** Activity : seconds since the record before, at 5, 25, 50, 75 and 95 percent : percent done by the system, by nobody named. */
export const PACE = `
+AL : 4.6 11.8 22.5 39.6 59.5 : 99 0
+BF : 5.0 7.0 10.7 99.6 330 : 54 3
+CA : 0.0 0.1 0.4 0.5 1.4 : 66 5
+ND : 0.1 250 970 1652 2913 : 0 1
+NO : 0.1 0.1 0.1 0.2 0.7 : 0 15
+VA : 0.1 0.2 0.3 31.8 383 : 0 11
=AL : 0.9 1.2 3.0 4.1 563 : 0 14
=BF : 0.0 0.8 3.6 7.4 155 : 0 0
=CA : 1.2 3.1 54.6 156 855 : 0 13
=ND : 1.6 7.9 77.2 289 1265 : 0 9
=NO : 1.2 3.0 76.7 173 773 : 0 14
=VA : 1.5 2.6 7.6 81.2 1820 : 0 1
>AL : 8.6 336 1910 15296 72656 : 0 14
>BF : 15.7 239 7144 74173 267758 : 0 0
>CA : 12.3 1245 11218 58837 189008 : 0 13
>ND : 16.1 984 7448 54913 260568 : 0 9
>NO : 12.0 1525 162192 516367 742656 : 0 14
>VA : 21.6 1672 16127 184766 438462 : 0 1
A_ACCEPTED : 64.3 248 373 522 893 : 0 0
A_ACTIVATED : 0.0 0.0 0.0 0.0 667 : 0 0
A_APPROVED : 0.0 0.0 0.0 0.0 1452 : 0 0
A_CANCELLED : 0.0 0.0 0.0 203 858 : 36 0
A_DECLINED : 0.0 35.2 45.2 190 812 : 45 0
A_FINALIZED : 0.0 0.0 0.0 162 389 : 0 0
A_PARTLYSUBMITTED : 0.1 0.2 0.3 0.5 1.9 : 100 0
A_PREACCEPTED : 31.0 36.6 42.0 71.7 271 : 66 0
A_REGISTERED : 0.0 0.0 0.0 0.0 729 : 0 0
A_SUBMITTED : 0.0 0.0 0.0 0.0 0.0 : 100 0
O_ACCEPTED : 0.0 0.0 98.0 786 1958 : 0 0
O_CANCELLED : 0.0 0.0 0.0 128 621 : 15 0
O_CREATED : 0.8 1.1 1.3 1.6 47.5 : 0 0
O_DECLINED : 0.0 0.0 91.2 833 1965 : 0 0
O_SELECTED : 0.0 0.0 41.6 187 489 : 0 0
O_SENT : 0.0 0.0 0.0 0.0 0.1 : 0 0
O_SENT_BACK : 9.3 12.6 22.1 45.4 144 : 0 0
`;

/** Requested amounts in euros, at 0, 10, ... 100 percent. */
export const AMOUNTS: readonly number[] = [0, 3000, 5000, 5750, 7500, 10000, 12000, 15000, 20000, 30000, 99999];

/** Seconds from one application to the next, on average. */
export const SECONDS_BETWEEN_APPLICATIONS = 1004;
